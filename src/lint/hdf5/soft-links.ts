import type { Hdf5, Hdf5Reference } from '../../formats/hdf5/file.ts';
import type { Link } from '../../formats/hdf5/link.ts';

/** Soft links followed on the way to one object; more are a circle. */
const MAX_HOPS = 32;

type SoftReference = Hdf5Reference & { readonly link: Extract<Link, { kind: 'soft' }> };

/** Soft links that lead to no object of the file. */
export function danglingLinks(file: Hdf5): SoftReference[] {
  // What was not read may hold the target.
  if (file.problems.length > 0) return [];
  const names = new Map(
    [...file.groups].map(([address, links]) => [address, new Map(links.map((l) => [l.name, l]))]),
  );
  const isSoft = (reference: Hdf5Reference): reference is SoftReference =>
    reference.link.kind === 'soft';
  return file.references
    .filter(isSoft)
    .filter(({ link, group }) => !arrives(file, names, group, link.target));
}

type Names = ReadonlyMap<number, ReadonlyMap<string, Link>>;

/** Walks a path, absolute or from a group, through soft links. */
function arrives(file: Hdf5, names: Names, from: number, target: string): boolean {
  let current: number | undefined = target.startsWith('/') ? file.root : from;
  const parts = split(target);
  let hops = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const link = current === undefined ? undefined : names.get(current)?.get(part);
    if (!link) return false;
    if (link.kind === 'hard') {
      current = link.address;
    } else if (link.kind === 'soft') {
      hops += 1;
      if (hops > MAX_HOPS) return false;
      if (link.target.startsWith('/')) current = file.root;
      parts.unshift(...split(link.target));
    } else {
      // Another file, which is a finding of its own.
      return true;
    }
  }
  return true;
}

const split = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');
