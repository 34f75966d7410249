/** Layers of Keras 2 that call a function of TensorFlow by its name in the public API. */
export const CALLING_LAYERS: ReadonlySet<string> = new Set([
  'TFOpLambda',
  'SlicingOpLambda',
  'ClassMethod',
  'InstanceMethod',
  'InstanceProperty',
]);

/** Parts of the public API that touch files or processes, run Python, or load more code. */
const REACHING =
  /^(?:compat\.v[12]\.)?(?:io|gfile|data|train|saved_model|summary|profiler|debugging|distribute|autograph|sysconfig|tools|test|experimental|keras|lite|load_library|load_op_library|print|py_func|py_function|numpy_function|read_file|write_file|matching_files|WholeFileReader)(?:\.|$)/;

/** Decoders and parsers of `tf.io` work on tensors alone. */
const PLAIN_IO =
  /^(?:compat\.v[12]\.)?io\.(?:decode_|encode_|parse_|serialize_|extract_jpeg|is_jpeg)/;

/** Whether a TensorFlow function, named as in `tf.<name>`, reaches out of the graph. */
export function reachesOut(name: string): boolean {
  return REACHING.test(name) && !PLAIN_IO.test(name);
}
