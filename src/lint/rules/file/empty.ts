import { rule } from '../../rule.ts';

export default rule({
  id: 'file/empty',
  family: 'file',
  severity: 'error',
  rationale: 'A file of no bytes is what an interrupted download or a full disk leaves behind.',
  fails: 'model.onnx of 0 bytes',
  passes: 'model.onnx with a model in it',
  unread: true,
  *check({ size }) {
    if (size === 0) yield { message: 'the file is empty: fetch or write it again' };
  },
});
