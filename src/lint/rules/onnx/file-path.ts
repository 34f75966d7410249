import { nodesOf } from '../../../onnx/walk.ts';
import { badLocation } from '../../onnx/external.ts';
import { rule } from '../../rule.ts';

/** Attributes that a runtime takes as the name of a file: of com.microsoft's EPContext and others. */
const PATH_ATTRIBUTES = /^(?:ep_cache_context|.*(?:path|file|filename|library|location))$/i;

export default rule({
  id: 'onnx/file-path',
  family: 'onnx',
  severity: 'error',
  rationale:
    'Some operators load a file that an attribute names, such as a compiled engine (EPContext). A path that leaves the folder loads code from elsewhere on the machine.',
  fails: 'ep_cache_context = ../../../tmp/engine.bin with embed_mode 0',
  passes: 'ep_cache_context = engine.bin',
  *check({ model }) {
    for (const { node, path } of nodesOf(model)) {
      const embedded = node.attributes.get('embed_mode');
      if (node.opType === 'EPContext' && !(embedded?.type === 'int' && embedded.value === 0n))
        continue;
      for (const [name, attribute] of node.attributes) {
        if (attribute.type !== 'string' || !PATH_ATTRIBUTES.test(name)) continue;
        const why = attribute.value === '' ? undefined : badLocation(attribute.value);
        if (why !== undefined) yield { message: `${name}: ${why}`, location: path };
      }
    }
  },
});
