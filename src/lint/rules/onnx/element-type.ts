import type { OnnxSubject } from '../../subjects.ts';
import { layoutOf } from '../../../onnx/tensor-layout.ts';
import { graphsOf, tensorsOf } from '../../../onnx/walk.ts';
import { rule, type Detail } from '../../rule.ts';

export default rule({
  id: 'onnx/element-type',
  family: 'onnx',
  severity: 'error',
  rationale: 'UNDEFINED and unknown element types have no size: nothing can be computed with them.',
  fails: 'an initializer of data_type 0',
  passes: 'an initializer of data_type 1 (FLOAT)',
  *check(subject) {
    for (const { tensor, path } of tensorsOf(subject.model)) {
      if (layoutOf(tensor.dataType)) continue;
      yield { message: `its data type ${tensor.dataType} is none`, location: path };
    }
    yield* checkValues(subject);
  },
});

function* checkValues({ model }: OnnxSubject): Iterable<Detail> {
  for (const { graph, path, depth } of graphsOf(model)) {
    for (const side of ['inputs', 'outputs'] as const) {
      for (const { name, elementType } of graph[side]) {
        // Values of subgraphs may leave their type to inference.
        if (elementType === undefined || layoutOf(elementType)) continue;
        if (elementType === 0 && depth > 0) continue;
        yield {
          message: `'${name}' has the element type ${elementType}, which is none`,
          location: path,
        };
      }
    }
  }
}
