/** Limits of the readers of data sets. Each is an error that says so, never a silent cut. */

/** Columns of a table. Wide tables (genes, one-hot) have tens of thousands. */
export const MAX_COLUMNS = 100_000;

/** One line of JSON or one record of CSV: an unclosed quote would swallow the rest of the file. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Images of a folder; ImageNet has 1.3 million. */
export const MAX_IMAGES = 10_000_000;

/** One image file: the largest photographs have some tens of megabytes. */
export const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

/** Pixels of one image, by its header, before anything is decoded: 4 bytes each when it is. */
export const MAX_IMAGE_PIXELS = 64 * 1024 * 1024;

/** An interlaced PNG is unpacked before its size is checked: this is a thousandth of what it can be. */
export const MAX_INTERLACED_BYTES = 1024 * 1024;

/** What a reader holds decoded at a time, where the format lets it choose. */
export const WINDOW_BYTES = 64 * 1024 * 1024;

/** What a column of a Parquet file's row group may unpack to: it is decoded as a whole. */
export const MAX_COLUMN_CHUNK_BYTES = 1024 ** 3;

/** A tokenizer.json: the largest in use have about 50 MB. */
export const MAX_TOKENIZER_BYTES = 128 * 1024 * 1024;

/** What `readWhole` may hold: what a runner with 16 GB can keep beside two models. */
export const MAX_WHOLE_BYTES = 4 * 1024 ** 3;
