import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Column, NamedBytes, Rows } from '../column.ts';
import { MAX_IMAGE_BYTES, MAX_IMAGES } from '../limits.ts';
import { invalidData } from '../problem.ts';
import type { Reader } from '../reader.ts';

const SUFFIX = /\.(?:jpe?g|png)$/i;

interface ImageFile {
  /** Below the data set, with / between folders. */
  readonly name: string;
  readonly label: number;
}

/**
 * A folder with one folder of images for each class, as torchvision's ImageFolder: columns `image`,
 * `class` (the folder's name), `label` (its place in alphabetical order) and `path`. Links are not
 * followed.
 */
export async function openImageFolder(folder: string, file: string): Promise<Reader> {
  const root = path.resolve(folder, file);
  const classes = (await entries(root)).filter((entry) => entry.isDirectory());
  const names = classes.map(({ name }) => name);
  const images: ImageFile[] = [];
  for (const [label, name] of names.entries()) {
    await collect(root, name, (found) => images.push({ name: found, label }));
    if (images.length <= MAX_IMAGES) continue;
    throw invalidData({ file }, `holds more than ${MAX_IMAGES} images`, 'Use a part of them.');
  }
  if (images.length === 0) {
    throw invalidData(
      { file },
      'it has no examples',
      'A folder of images holds one folder for each class, with PNG or JPEG files.',
    );
  }
  return {
    names: ['image', 'class', 'label', 'path'],
    count: images.length,
    async *rows(wanted, most) {
      for (let from = 0; from < images.length; from += most) {
        yield await rowsOf(images.slice(from, from + most), { root, file, names, wanted, from });
      }
    },
  };
}

/** By code units, whatever the machine's language. */
async function entries(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function collect(root: string, below: string, add: (name: string) => void): Promise<void> {
  for (const entry of await entries(path.join(root, below))) {
    const name = `${below}/${entry.name}`;
    if (entry.isDirectory()) await collect(root, name, add);
    else if (entry.isFile() && SUFFIX.test(entry.name)) add(name);
  }
}

async function rowsOf(
  images: readonly ImageFile[],
  context: {
    readonly root: string;
    readonly file: string;
    readonly names: readonly string[];
    readonly wanted: readonly string[];
    readonly from: number;
  },
): Promise<Rows> {
  const { root, file, names, wanted, from } = context;
  const columns = new Map<string, Column>();
  for (const column of wanted) {
    if (column === 'image') {
      const values = await Promise.all(images.map(({ name }) => bytesOf(root, name, file)));
      columns.set(column, { kind: 'files', values });
    } else if (column === 'label') {
      const values = Int32Array.from(images, ({ label }) => label);
      const array = { elementType: 'int32' as const, shape: [images.length], values };
      columns.set(column, { kind: 'numbers', array, nulls: undefined });
    } else {
      const values = images.map(({ name, label }) =>
        column === 'class' ? (names[label] ?? null) : name,
      );
      columns.set(column, { kind: 'texts', values });
    }
  }
  return { from, count: images.length, columns };
}

async function bytesOf(root: string, name: string, file: string): Promise<NamedBytes> {
  const absolute = path.join(root, name);
  const label = `${file}/${name}`;
  const { size } = await stat(absolute);
  if (size > MAX_IMAGE_BYTES) {
    throw invalidData({ file: label }, `has ${size} bytes`, 'Make the images smaller.');
  }
  return { name: label, bytes: await readFile(absolute) };
}
