import { rule } from '../../rule.ts';

/** Namespaces of operators that PyTorch and its own libraries bring along. */
const BUILT_IN =
  /^(?:aten|prim|prims|torch|quantized|_quantized|mkldnn|mkldnn_prepacked|prepacked|torchvision|torchaudio|torchtext|image|inductor|sparse|metal|metal_prepack|vulkan_prepack|xnnpack|profiler|static_runtime|cuda|c10d|_c10d_functional|fb|internal|rngprims)$/;

export default rule({
  id: 'torchscript/custom-operator',
  family: 'torchscript',
  severity: 'warning',
  rationale:
    'The code calls an operator of a library that PyTorch does not bring: native code outside of this review.',
  fails: 'ops.my_ops.run(x)',
  passes: 'ops.torchvision.nms(boxes, scores, 0.5)',
  *check({ code }) {
    const seen = new Set<string>();
    for (const [, namespace = '', name = ''] of code.matchAll(/\bops\.(\w+)\.(\w+)\s*\(/g)) {
      if (BUILT_IN.test(namespace) || seen.has(namespace)) continue;
      seen.add(namespace);
      yield { message: `its code calls ${name} of the library ${namespace}` };
    }
  },
});
