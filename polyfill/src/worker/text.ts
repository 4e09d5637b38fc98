/** The worker as one classic script. The build of the modules writes it; elsewhere there is none. */
export default "";
