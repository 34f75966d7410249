import type { GradientContext } from './context.ts';
import { elementwise } from './elementwise.ts';
import type { RuleFamily } from './rule.ts';

function square(c: GradientContext, x: string): string {
  return c.multiply(x, x);
}

const sin = elementwise(({ c, x, gradient }) => c.multiply(gradient, c.op('Cos', [x])));
const cos = elementwise(({ c, x, gradient }) => c.negate(c.multiply(gradient, c.op('Sin', [x]))));

/** g (1 + y^2). */
const tan = elementwise(({ c, x, y, gradient }) =>
  c.multiply(gradient, c.add(c.scalar(1, x), square(c, y))),
);

/** g / sqrt(1 - x^2). */
const asin = elementwise(({ c, x, gradient }) =>
  c.divide(gradient, c.op('Sqrt', [c.subtract(c.scalar(1, x), square(c, x))])),
);
const acos = elementwise(({ c, x, gradient }) =>
  c.negate(c.divide(gradient, c.op('Sqrt', [c.subtract(c.scalar(1, x), square(c, x))]))),
);

/** g / (1 + x^2). */
const atan = elementwise(({ c, x, gradient }) =>
  c.divide(gradient, c.add(c.scalar(1, x), square(c, x))),
);

const sinh = elementwise(({ c, x, gradient }) => c.multiply(gradient, c.op('Cosh', [x])));
const cosh = elementwise(({ c, x, gradient }) => c.multiply(gradient, c.op('Sinh', [x])));

/** g / sqrt(x^2 + 1), g / sqrt(x^2 - 1), g / (1 - x^2). */
const asinh = elementwise(({ c, x, gradient }) =>
  c.divide(gradient, c.op('Sqrt', [c.add(square(c, x), c.scalar(1, x))])),
);
const acosh = elementwise(({ c, x, gradient }) =>
  c.divide(gradient, c.op('Sqrt', [c.subtract(square(c, x), c.scalar(1, x))])),
);
const atanh = elementwise(({ c, x, gradient }) =>
  c.divide(gradient, c.subtract(c.scalar(1, x), square(c, x))),
);

export const trigonometry: RuleFamily = {
  Sin: sin,
  Cos: cos,
  Tan: tan,
  Asin: asin,
  Acos: acos,
  Atan: atan,
  Sinh: sinh,
  Cosh: cosh,
  Asinh: asinh,
  Acosh: acosh,
  Atanh: atanh,
};
