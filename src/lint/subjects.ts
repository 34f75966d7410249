import type { Hdf5 } from '../formats/hdf5/file.ts';
import type { KerasConfig } from '../formats/keras/config.ts';
import type { Problem } from '../formats/problem.ts';
import type { Pickles } from '../formats/pickle/pickles.ts';
import type { Source } from '../formats/source.ts';
import type { JsonDocument } from '../formats/json-document.ts';
import type { Gguf } from '../formats/gguf.ts';
import type { NpyStructure } from '../formats/npy-structure.ts';
import type { Tar } from '../formats/tar.ts';
import type { ShardedModel } from '../formats/shard-index.ts';
import type { Safetensors } from '../formats/safetensors.ts';
import type { ZipArchive } from '../formats/zip/archive.ts';
import type { Tensorflow } from '../formats/tensorflow/saved-model.ts';
import type { Tflite } from '../formats/tflite/model.ts';
import type { ReadModel } from '../onnx/read.ts';
import type { Beside } from './card/beside.ts';
import type { Card } from './card/card.ts';

/** The file as a whole, whatever it holds. */
export interface FileSubject {
  /** Base name. */
  readonly name: string;
  readonly size: number;
  /** What it is by its first bytes; see `detect.ts`. */
  readonly format: string;
  /** What its name says it is; undefined for a name that says nothing. */
  readonly claimed: readonly string[] | undefined;
  /** Whether a reader for the format went through it. */
  readonly isRead: boolean;
  /** The policy asks for a card, and there is none in the folder. */
  readonly lacksCard: boolean;
  readonly source: Source;
}

/** What every reader reports about the structure of what it read. */
export interface StructureSubject {
  readonly problems: readonly Problem[];
}

/** How much of the weights is looked at. */
export interface WeighedSubject {
  readonly weights: 'sample' | 'all';
}

export interface OnnxSubject extends ReadModel, WeighedSubject {
  readonly source: Source;
  /** The model's folder, absolute; undefined inside an archive, where no other file is reached. */
  readonly folder: string | undefined;
}

export interface PickleSubject extends Pickles {
  /** A container that stores tensors beside the pickle: persistent ids are its normal way. */
  readonly inContainer: boolean;
}

export interface ArchiveSubject extends ZipArchive {
  /** It stands behind a model of another format, as TensorFlow Lite's metadata do. */
  readonly appended: boolean;
}

/** A template that a library evaluates, such as the chat template of a tokenizer. */
export interface TemplateSubject {
  readonly name: string;
  readonly text: string;
}

/** One module of TorchScript code. */
export interface TorchScriptSubject {
  readonly code: string;
}

export interface TensorflowSubject extends Tensorflow {
  /** Files of the model's folder that are not there, as sentences. */
  readonly missing: readonly string[];
}

/** A card, what stands beside it, and what the policy asks of it. */
export interface CardSubject extends Card, Beside {
  /** Fields of the front matter that must be there. */
  readonly required: readonly string[];
}

export interface ConfigurationSubject extends Pick<JsonDocument, 'value'> {
  /** Base name. */
  readonly name: string;
  /** Names of the files in its folder; undefined where there is no folder. */
  readonly beside: readonly string[] | undefined;
}

/** What the rules of each family are given. */
export interface Subjects {
  file: FileSubject;
  structure: StructureSubject;
  archive: ArchiveSubject;
  tar: Pick<Tar, 'members'>;
  pickle: PickleSubject;
  onnx: OnnxSubject;
  safetensors: Safetensors & WeighedSubject;
  sharded: ShardedModel;
  gguf: Gguf;
  template: TemplateSubject;
  numpy: NpyStructure;
  torchscript: TorchScriptSubject;
  hdf5: Hdf5;
  keras: KerasConfig;
  tensorflow: TensorflowSubject;
  tflite: Tflite;
  card: CardSubject;
  configuration: ConfigurationSubject;
}

export type Family = keyof Subjects;

/** One part of a file for one family of rules. */
export type Subject = {
  [F in Family]: {
    readonly family: F;
    readonly value: Subjects[F];
    /** Where it stands in the file: '' or a member of an archive. */
    readonly place: string;
  };
}[Family];
