/** Computes for contexts that pages open with `createContext({ worker })`; this module is the whole of such a worker. */

import { serve } from "./worker/serve.js";

serve();
