/**
 * Limits that hold for readers of every format. Reaching one is never silence: it becomes a
 * problem of kind `limit`, and the file's verdict is inconclusive.
 */

/** Containers within containers. Real files have two (a tar of joblib files); bombs have many. */
export const MAX_NESTING = 6;

/**
 * What one file may unpack to in memory, all its compressed parts together. Members that are
 * stored uncompressed, as PyTorch writes them, are read in place and do not count.
 */
export const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** Members of one archive. Sharded checkpoints have tens of thousands of tensors. */
export const MAX_MEMBERS = 200_000;

/** JSON of a configuration or an index: the largest in use (tokenizers) have about 50 MB. */
export const MAX_JSON_BYTES = 64 * 1024 * 1024;
