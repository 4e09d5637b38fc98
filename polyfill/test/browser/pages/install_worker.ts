/** A worker that installs the polyfill and uses it. */

import { useAtOnce } from "./install.js";

useAtOnce().then(postMessage, (error) => postMessage(String(error)));
