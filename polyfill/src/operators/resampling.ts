/** Resampling of images (`webnpu/operators/resampling.py`). */

import type { Definitions } from "../core/operator.js";
import { listed, numberText } from "../core/types.js";
import { positive } from "./verdicts.js";

export const resampling = {
  resample2d: {
    constraints: {
      C1({ scales }) {
        const fits = scales.length === 2 && scales.every((scale) => scale > 0);
        return fits || listed(scales.map((scale) => numberText(scale, "float32")));
      },
      C2: ({ sizes }) => sizes === undefined || positive(sizes, 2),
      C3({ axes, input }) {
        const fits = axes.length === 2 && axes[0] !== axes[1] && axes.every((axis) => axis < input.rank);
        return fits || listed(axes);
      },
    },
    infer({ input, axes, scales, sizes }) {
      const shape = [...input.shape];
      axes.forEach((axis, i) => {
        shape[axis] = sizes ? sizes[i] : Math.floor(shape[axis] * Math.fround(scales[i]));
      });
      return { dataType: input.dataType, shape };
    },
  },
} satisfies Partial<Definitions>;
