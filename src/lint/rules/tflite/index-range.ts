import { rule } from '../../rule.ts';

export default rule({
  id: 'tflite/index-range',
  family: 'tflite',
  severity: 'error',
  rationale:
    'Operators name tensors, operator codes and buffers by number. A number out of range reads or writes memory that is not the model.',
  fails: 'an operator whose input is tensor 99 of 10',
  passes: 'an operator whose inputs are tensors of its subgraph',
  *check({ subgraphs, operatorCodes, buffers, metadata, problems }) {
    // What could not be read cannot be counted.
    if (problems.length > 0) return;
    for (const subgraph of subgraphs) {
      if (!subgraph) continue;
      const { tensors, ends, operators, path } = subgraph;
      const outside = (index: number): boolean => index < -1 || index >= tensors.length;
      const end = ends.find(outside);
      if (end !== undefined) {
        yield { message: `there is no tensor ${end} to go in or out`, location: path };
      }
      for (const tensor of tensors) {
        if (!tensor || tensor.buffer < buffers.length) continue;
        yield { message: `there is no buffer ${tensor.buffer}`, location: tensor.path };
      }
      for (const operator of operators) {
        if (!operator) continue;
        const location = operator.path;
        const index = operator.tensors.find(outside);
        if (index !== undefined) yield { message: `there is no tensor ${index}`, location };
        if (operator.code >= operatorCodes.length) {
          yield { message: `there is no operator code ${operator.code}`, location };
        }
      }
    }
    for (const { name, buffer } of metadata) {
      if (buffer >= buffers.length) yield { message: `the metadata ${name} name no buffer` };
    }
  },
});
