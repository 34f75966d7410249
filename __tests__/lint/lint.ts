import { zipSync } from 'fflate';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FileReport } from '../../src/lint/finding.ts';
import { lintFile } from '../../src/lint/lint-file.ts';
import { policyFor, type FilePolicy } from '../../src/lint/policy.ts';
import { lintPolicy } from '../../src/project/lint-policy.ts';

export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Files of which the rule must find the first. */
export type Case = readonly [rule: string, files: Files];

/** An archive whose members are stored. */
export function zip(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(members, { level: 0 });
}

/** The policy of a repository that has none. */
export const defaultPolicy: FilePolicy = policyFor(lintPolicy.parse({}), 'model', '2026-01-01');

/** Writes files into a folder of their own and lints the first of them. */
export function lint(
  files: Readonly<Record<string, Uint8Array | string>>,
  policy = defaultPolicy,
): FileReport {
  const folder = mkdtempSync(path.join(tmpdir(), 'lint-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    const [name = ''] = Object.keys(files);
    return lintFile({ absolute: path.join(folder, name), shown: name }, policy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The rules that spoke about the first of the files, without repetition. */
export function rulesOf(files: Readonly<Record<string, Uint8Array | string>>): string[] {
  return [...new Set(lint(files).findings.map(({ rule }) => rule))];
}

/** A pickle out of text and numbers: text stands for its Latin-1 bytes. */
export function pickle(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string'
        ? Buffer.from(part, 'latin1')
        : Buffer.from(typeof part === 'number' ? [part] : part),
    ),
  );
}

/** SHORT_BINUNICODE */
export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return pickle('\x8c', bytes.length, bytes);
}

/** A pickle of protocol 4 that calls `module.name('x')`. */
export function calling(module: string, name: string): Uint8Array {
  return pickle('\x80\x04', text(module), text(name), '\x93', text('x'), '\x85R.');
}

export function safetensors(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

export function npy(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(header),
    data,
  ]);
}

/** A GGUF of version 3 with string keys and float tensors of one dimension. */
export function gguf(
  keys: Readonly<Record<string, string>>,
  tensors: readonly { name: string; size: number; offset: number; type?: number }[],
  dataBytes: number,
): Uint8Array {
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
  const string = (value: string) =>
    Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(keys).length),
    ...Object.entries(keys).map(([key, value]) =>
      Buffer.concat([string(key), u32(8), string(value)]),
    ),
    ...tensors.map(({ name, size, offset, type = 0 }) =>
      Buffer.concat([string(name), u32(1), u64(size), u32(type), u64(offset)]),
    ),
  ]);
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, Buffer.alloc(dataBytes)]);
}
