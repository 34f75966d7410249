import type { PinnedPackage } from './installer.ts';

export const RUNTIME_VERSION = '1.30.0';

/** A package with ONNX Runtime for one kind of machine. */
export interface Build {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  /** As a log says it. */
  readonly title: string;
  /** What tells its installations in the tool cache apart. */
  readonly target: string;
  /** Itself, and what it needs beside it. */
  readonly packages: readonly PinnedPackage[];
}

const common: PinnedPackage = {
  name: 'onnxruntime-common',
  version: RUNTIME_VERSION,
  integrity:
    'sha512-7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA==',
};

const { platform, arch } = process;

/** For this machine. */
export const NATIVE: Build = {
  name: 'onnxruntime-node',
  title: `ONNX Runtime ${RUNTIME_VERSION} for ${platform}-${arch}`,
  target: `${platform}-${arch}`,
  packages: [
    {
      name: 'onnxruntime-node',
      version: RUNTIME_VERSION,
      integrity:
        'sha512-twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==',
      wants: (name) =>
        !name.startsWith('bin/') || name.startsWith(`bin/napi-v6/${platform}/${arch}/`),
    },
    common,
  ],
};

/** What of onnxruntime-web runs in Node; the rest is for browsers, 100 MB of it. */
const FILES_FOR_NODE: ReadonlySet<string> = new Set([
  'package.json',
  'README.md',
  'dist/ort.node.min.js',
  'dist/ort-wasm-simd-threaded.mjs',
  'dist/ort-wasm-simd-threaded.wasm',
]);

/** For every machine that Node runs on, and slower. */
export const WEB_ASSEMBLY: Build = {
  name: 'onnxruntime-web',
  title: `ONNX Runtime ${RUNTIME_VERSION} as WebAssembly`,
  target: 'wasm',
  packages: [
    {
      name: 'onnxruntime-web',
      version: RUNTIME_VERSION,
      integrity:
        'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
      wants: (name) => FILES_FOR_NODE.has(name),
    },
    common,
  ],
};

/** The binaries that onnxruntime-node carries. */
const PLATFORMS = ['darwin-arm64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'];

/** What the binary for Linux was linked against. */
const LEAST_GLIBC = 2.28;

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Undefined where the C library is another, such as Alpine's musl. */
  readonly glibc: string | undefined;
}

export function thisMachine(): Machine {
  // The report would else ask for the names of whoever this process is connected to.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as {
    readonly header?: { readonly glibcVersionRuntime?: string };
  };
  return { platform, arch, glibc: header?.glibcVersionRuntime };
}

/** Why the native build cannot run on a machine; undefined where it can. */
export function whyNotNative(machine: Machine): string | undefined {
  const name = `${machine.platform}-${machine.arch}`;
  if (!PLATFORMS.includes(name)) return `ONNX Runtime has no binary for ${name}`;
  if (machine.platform !== 'linux') return undefined;
  const least = `ONNX Runtime's binary for Linux needs glibc ${LEAST_GLIBC}`;
  if (machine.glibc === undefined) return `${least}, and this machine has another C library`;
  const [major = 0, minor = 0] = machine.glibc.split('.').map(Number);
  const old = major + minor / 100 < LEAST_GLIBC;
  return old ? `${least}, and this machine has ${machine.glibc}` : undefined;
}
