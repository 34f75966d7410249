import type { Format } from '../detect.ts';

/** What a file of this name may hold. Several: the name is used for each of them. */
const CLAIMS: Readonly<Record<string, readonly Format[]>> = {
  onnx: ['onnx'],
  safetensors: ['safetensors'],
  gguf: ['gguf'],
  ggml: ['ggml', 'gguf'],
  pkl: ['pickle'],
  pickle: ['pickle'],
  pck: ['pickle'],
  p: ['pickle'],
  dill: ['pickle'],
  cloudpickle: ['pickle'],
  joblib: ['pickle', 'gzip', 'zlib', 'bzip2', 'xz', 'lzma', 'lz4'],
  sav: ['pickle'],
  dat: ['pickle'],
  pt: ['zip', 'pickle', 'tar'],
  pth: ['zip', 'pickle', 'tar'],
  ckpt: ['zip', 'pickle', 'tar'],
  bin: ['zip', 'pickle', 'tar'],
  pt2: ['zip'],
  ptl: ['zip'],
  mar: ['zip'],
  npy: ['npy'],
  npz: ['zip'],
  h5: ['hdf5'],
  hdf5: ['hdf5'],
  keras: ['zip'],
  tflite: ['tflite'],
  lite: ['tflite'],
  pb: ['tensorflow'],
  zip: ['zip'],
  tar: ['tar'],
  gz: ['gzip'],
  tgz: ['gzip'],
  bz2: ['bzip2'],
  xz: ['xz'],
  lzma: ['lzma'],
  z: ['zlib'],
  lz4: ['lz4'],
  '7z': ['7z'],
};

/** The formats that a name claims; undefined for a name that claims none. */
export function claimedFormats(name: string): readonly Format[] | undefined {
  if (/\.index\.json$/i.test(name)) return ['shard-index'];
  const extension = /\.([^.]+)$/.exec(name.toLowerCase())?.[1];
  return extension === undefined || !Object.hasOwn(CLAIMS, extension)
    ? undefined
    : CLAIMS[extension];
}

/** Extensions that mean nothing else than a model: what a search of a folder takes up. */
const MODEL_EXTENSIONS =
  /\.(?:onnx|safetensors|gguf|ggml|pkl|pickle|dill|cloudpickle|joblib|sav|pt|pth|ckpt|pt2|ptl|mar|npy|npz|h5|hdf5|keras|tflite|(?:pkl|pickle|joblib|npy)\.(?:gz|bz2|xz|lzma|z|lz4))$/i;

const MODEL_NAMES =
  /^(?:pytorch_model.*\.bin|adapter_model\.bin|.*\.safetensors\.index\.json|data\.pkl|keras_metadata\.pb|.*(?:model|graph|frozen|inference).*\.pb)$/i;

/** Whether a file is taken for a model by its name. */
export function isModelName(name: string): boolean {
  return MODEL_EXTENSIONS.test(name) || MODEL_NAMES.test(name);
}
