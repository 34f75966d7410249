import { nodesOf } from '../../../onnx/walk.ts';
import { domainOf, opsetsAt } from '../../onnx/operators.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/opset-import',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The opset tells which version of each operator is meant. A domain that is not imported, or twice, means different operators to different runtimes.',
  fails: 'a node of the domain ai.onnx.ml, which opset_import does not name',
  passes: 'opset_import with version 17 of the default domain',
  *check({ model, fields }) {
    if (fields === 0) return;
    const { opsetImports, graph } = model;
    if (opsetImports.length === 0 && model.irVersion >= 3) {
      yield { message: 'the model imports no opset' };
      return;
    }
    const versions = new Map<string, number>();
    for (const { domain, version } of opsetImports) {
      const name = domain || 'ai.onnx';
      if (versions.has(domain)) yield { message: `the domain ${name} is imported twice` };
      if (version < 1) yield { message: `the domain ${name} is imported in version ${version}` };
      versions.set(domain, version);
    }
    if (graph.nodes.length === 0) return;
    const opsets = opsetsAt(model);
    const missing = new Set<string>();
    for (const { node, path } of nodesOf(model)) {
      const domain = domainOf(node.domain);
      if (opsets({ node, path }).has(domain) || missing.has(domain)) continue;
      missing.add(domain);
      yield {
        message: `the domain ${domain || 'ai.onnx'} is used and not imported`,
        location: path,
      };
    }
  },
});
