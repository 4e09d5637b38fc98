/** The demo: pictures through convolutions, and any model of the user's. */

import { BackendChoice, frame } from "../shared/frame.js";
import { Model } from "./model.js";
import { Pictures } from "./pictures.js";

const choice = new BackendChoice(() => {
  void pictures.restart();
  void model.restart();
});
frame("demo", choice);
const pictures = new Pictures(choice);
const model = new Model(choice);
void pictures.restart();
