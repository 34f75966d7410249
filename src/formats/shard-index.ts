import { messageOf } from '../errors.ts';
import { MAX_JSON_BYTES } from './limits.ts';
import { Problems, type Problem } from './problem.ts';
import type { Safetensors } from './safetensors.ts';
import type { Source } from './source.ts';

/** `*.safetensors.index.json`: which shard holds which tensor. */
export interface ShardIndex {
  /** Tensor -> file name. */
  readonly shards: ReadonlyMap<string, string>;
  /** metadata.total_size, in bytes. */
  readonly totalSize: number | undefined;
  readonly problems: readonly Problem[];
}

/** What stands behind a name in an index. */
export type Shard =
  | { readonly kind: 'read'; readonly header: Safetensors }
  | { readonly kind: 'missing'; readonly why: string };

/** An index with its shards, by file name. */
export interface ShardedModel extends ShardIndex {
  readonly files: ReadonlyMap<string, Shard>;
}

/** Reads the index of a sharded model. */
export function readShardIndex(source: Source): ShardIndex {
  const problems = new Problems();
  const shards = new Map<string, string>();
  const value = parse(source, problems);
  const { weight_map: map, metadata } = value;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    problems.add('malformed', 'there is no weight_map', 0);
  } else {
    for (const [tensor, file] of Object.entries(map)) {
      if (typeof file === 'string') shards.set(tensor, file);
      else problems.add('malformed', `the shard of '${tensor}' is no file name`, 0);
    }
    if (shards.size === 0) problems.add('inconsistent', 'the index names no tensor', 0);
  }
  const total = (metadata as { total_size?: unknown } | null | undefined)?.total_size;
  if (total !== undefined && typeof total !== 'number') {
    problems.add('inconsistent', 'total_size is no number', 0);
  }
  return {
    shards,
    totalSize: typeof total === 'number' ? total : undefined,
    problems: problems.list,
  };
}

function parse(source: Source, problems: Problems): Readonly<Record<string, unknown>> {
  if (source.size > MAX_JSON_BYTES) {
    problems.add('limit', `an index of ${source.size} bytes is not read here`, 0);
    return {};
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(source.view(0, source.size)));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (thrown) {
    problems.add('malformed', `it is not JSON: ${messageOf(thrown)}`, 0);
    return {};
  }
}
