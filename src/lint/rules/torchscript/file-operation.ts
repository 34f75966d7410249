import { rule } from '../../rule.ts';

/** Operators of TorchScript that name a file or load code: aten::save, aten::from_file and others. */
const OPERATORS =
  /\b(?:torch|ops\.aten|ops\.prim|ops\.torch)\.(save|load|from_file|fromfile|load_library|hub|classes\.load_library|_save|_load_for_lite_interpreter|import_ir_module|system|open)\s*\(/;

export default rule({
  id: 'torchscript/file-operation',
  family: 'torchscript',
  severity: 'warning',
  rationale:
    'The code of the model reads or writes a file whenever it runs. torch.load hands TorchScript archives on to it, also with weights_only.',
  fails: 'torch.from_file("/etc/hostname", False, 1)',
  passes: 'torch.linear(x, weight, bias)',
  *check({ code }) {
    for (const [index, text] of code.split('\n').entries()) {
      const operator = OPERATORS.exec(text)?.[1];
      if (operator === undefined) continue;
      yield {
        message: `its code calls ${operator}: ${text.trim().slice(0, 80)}`,
        location: `line ${index + 1}`,
      };
    }
  },
});
