/** Globals of one purpose that unpickling real models needs. */
interface KnownGlobals {
  /** Why they are harmless, for the reader of a report. */
  readonly reason: string;
  /** `module name name ...` per entry; `module *` stands for classes, by `CLASS`. */
  readonly entries: readonly string[];
}

/**
 * What pickles of current frameworks reference, collected from files that they wrote. Everything
 * here only builds data: no call of it imports code, opens a file or a connection, or evaluates.
 */
const KNOWN: readonly KnownGlobals[] = [
  {
    reason: 'a builtin type of plain data',
    entries: [
      'builtins bool bytearray bytes complex dict float frozenset int list object set slice str tuple range xrange long unicode basestring Ellipsis NotImplemented type None iter reversed',
      'builtins *Error *Exception *Warning StopIteration KeyboardInterrupt SystemExit GeneratorExit',
    ],
  },
  {
    reason: 'a container or value type of the standard library',
    entries: [
      'collections OrderedDict defaultdict deque Counter UserDict IterableUserDict UserList UserString',
      'copyreg _reconstructor __newobj__ __newobj_ex__',
      '_codecs encode',
      'datetime date datetime time timedelta timezone _unpickle',
      'decimal Decimal',
      '_decimal Decimal',
      'fractions Fraction',
      'uuid UUID SafeUUID',
      'enum Enum IntEnum Flag IntFlag StrEnum',
      'types SimpleNamespace MappingProxyType NoneType EllipsisType',
      'argparse Namespace',
      'array array _array_reconstructor',
      'pathlib Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath',
      'pathlib._local Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath',
      're _compile RegexFlag',
      'io BytesIO StringIO',
      '_io BytesIO StringIO',
      'logging getLogger',
      'random Random',
      'time struct_time',
      'string Template',
      'ipaddress *Address *Network *Interface',
      'zoneinfo ZoneInfo ZoneInfo._unpickle',
      'pytz _UTC _p',
      'dateutil.tz.tz *',
      'dateutil.tz.tz tzutc tzlocal tzfile tzoffset',
      'itertools count chain islice repeat cycle zip_longest',
      'typing Any Union Optional List Dict Tuple Set',
    ],
  },
  {
    reason: 'rebuilds a NumPy array, scalar or generator',
    entries: [
      'numpy dtype ndarray ma matrix recarray bool_ str_ bytes_ void object_ generic number',
      'numpy int8 int16 int32 int64 uint8 uint16 uint32 uint64 intc uintc int_ uint longlong ulonglong intp',
      'numpy float16 float32 float64 float128 float_ half single double longdouble complex64 complex128 complex256 datetime64 timedelta64 bool string_ unicode_',
      'numpy.core.multiarray _reconstruct scalar',
      'numpy._core.multiarray _reconstruct scalar',
      'numpy.core.numeric _frombuffer',
      'numpy._core.numeric _frombuffer',
      'numpy.core._multiarray_umath _reconstruct',
      'numpy.core _ufunc_reconstruct',
      'numpy._core _ufunc_reconstruct',
      'numpy.core._internal _convert_to_stringdtype_kwargs',
      'numpy._core._internal _convert_to_stringdtype_kwargs',
      'numpy.core.records recarray record',
      'numpy._core.records recarray record',
      'numpy.rec recarray record',
      'numpy.ma MaskedArray masked',
      'numpy log log1p log2 log10 exp expm1 sqrt cbrt square abs absolute sin cos tan tanh mean median std var sum min max amin amax add subtract multiply divide maximum minimum nanmean nanmedian identity ravel clip sign',
      'numpy.ma.core _mareconstruct MaskedArray MaskedConstant',
      'numpy.matrixlib.defmatrix matrix',
      'numpy.dtypes *',
      'numpy.random RandomState Generator',
      'numpy.random.mtrand RandomState',
      'numpy.random._mt19937 MT19937',
      'numpy.random._pcg64 PCG64 PCG64DXSM',
      'numpy.random._philox Philox',
      'numpy.random._sfc64 SFC64',
      'numpy.random._pickle __randomstate_ctor __generator_ctor __bit_generator_ctor',
      'numpy.random._generator Generator',
      'numpy.random.bit_generator SeedSequence __pyx_unpickle_SeedSequence',
      'numpy.polynomial.** *',
      'numpy record poly1d iinfo finfo hypot dot concatenate where',
      'numpy.char chararray',
      'numpy.linalg norm',
      'numpy.lib._polynomial_impl poly1d',
      'joblib.numpy_pickle NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper',
    ],
  },
  {
    reason: 'rebuilds a PyTorch tensor or its storage',
    entries: [
      'torch._utils _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor _rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor _rebuild_wrapper_subclass _rebuild_xla_tensor',
      'torch._tensor _rebuild_from_type_v2 _rebuild_from_type Tensor',
      'torch Tensor Size device dtype layout memory_format Generator FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage QInt32Storage QUInt4x2Storage QUInt2x4Storage',
      'torch float16 float32 float64 bfloat16 half float double int8 int16 int32 int64 uint8 uint16 uint32 uint64 int long short bool complex32 complex64 complex128 cfloat cdouble quint8 qint8 qint32 quint4x2 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric per_channel_affine_float_qparams contiguous_format channels_last preserve_format',
      'torch.storage UntypedStorage TypedStorage _LegacyStorage',
      'torch.serialization _get_layout',
      'torch.nn.parameter Parameter Buffer UninitializedParameter UninitializedBuffer',
      'torch.cuda *Storage FloatTensor HalfTensor',
      'torch FloatTensor DoubleTensor HalfTensor LongTensor IntTensor ShortTensor CharTensor ByteTensor BoolTensor BFloat16Tensor',
      'torch.jit._pickle build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag',
      'torch._C._nn gelu',
      'torch.utils._pytree TreeSpec LeafSpec',
      'torch.utils._python_dispatch TransformGetItemToIndex',
    ],
  },
  {
    reason: 'a layer, optimizer or schedule of PyTorch, whose state is data',
    entries: [
      'torch.nn.modules.** *',
      'torch.nn *',
      'torch.optim.** *',
      'torch.distributions.** *',
      'torch.ao.nn.** *',
      'torch.ao.quantization.** *',
      'torch.nn.quantized.** *',
      'torch.nn.qat.** *',
      'torch.quantization.** *',
      'torch.nn.utils.** *',
      'torch.nn.parallel.** *',
      'torch.utils.data.dataset *',
      'torch.utils.data.sampler *',
      'torch.utils.data.dataloader DataLoader',
      'torch.utils.data._utils.collate default_collate',
      'torch.nn.init xavier_uniform_ kaiming_uniform_',
      'torch.nn.functional relu gelu silu elu selu tanh sigmoid softmax log_softmax leaky_relu mish hardtanh hardswish relu6 softplus normalize cross_entropy mse_loss l1_loss binary_cross_entropy nll_loss',
      'torch relu tanh sigmoid softmax exp abs',
      'torchvision.models.** *',
      'torchvision.ops.** *',
      'torchvision.transforms.** *',
      'torchvision.datapoints *',
      'timm.models.** *',
      'timm.layers.** *',
      'torchmetrics.** *',
      'torchaudio.models.** *',
      'torch_geometric.nn.** *',
      'ultralytics.nn.modules.** *',
      'ultralytics.nn.tasks *',
      'pytorch_lightning.callbacks.** *',
      'lightning.pytorch.callbacks.** *',
      'lightning_fabric.utilities.data AttributeDict',
      'lightning.fabric.utilities.data AttributeDict',
      'pytorch_lightning.utilities.parsing AttributeDict',
      'omegaconf.dictconfig DictConfig',
      'omegaconf.listconfig ListConfig',
      'omegaconf.base *',
      'omegaconf.nodes *',
    ],
  },
  {
    reason: 'an estimator or transformer of scikit-learn or its family, whose state is data',
    entries: [
      'sklearn._loss.** * __pyx_unpickle_*',
      'sklearn._config _global_config',
      ...[
        'base calibration cluster compose covariance cross_decomposition decomposition discriminant_analysis',
        'dummy ensemble feature_extraction feature_selection gaussian_process impute isotonic kernel_approximation',
        'kernel_ridge linear_model manifold metrics mixture model_selection multiclass multioutput naive_bayes',
        'neighbors neural_network pipeline preprocessing random_projection semi_supervised svm tree frozen',
      ]
        .join(' ')
        .split(' ')
        .map((name) => `sklearn.${name}.** *`),
      'sklearn.compose._column_transformer make_column_selector',
      'sklearn.cluster._kmeans _kmeans_single_*',
      'sklearn.neighbors._kd_tree newObj KDTree',
      'sklearn.neighbors._ball_tree newObj BallTree',
      'sklearn.neighbors.** newObj',
      'sklearn.metrics.** *_score *_error *_loss *_kernel *_distances *_scorer',
      'sklearn.feature_selection.** f_classif f_regression r_regression chi2 mutual_info_classif mutual_info_regression',
      'sklearn.svm._libsvm *',
      'sklearn.metrics._dist_metrics newObj',
      'sklearn.utils._bunch Bunch',
      'sklearn.utils Bunch',
      'sklearn.utils._metadata_requests MetadataRequest MethodMetadataRequest',
      'sklearn.utils.deprecation DeprecationDict',
      'sklearn.utils._random *',
      'imblearn.** *',
      'category_encoders.** *',
      'nltk.classify.** *',
      'nltk.probability *',
      'nltk.tokenize.** *',
      'nltk.stem.** *',
      'xgboost.core Booster DMatrix',
      'xgboost.sklearn *',
      'xgboost.callback *',
      'lightgbm.sklearn *',
      'lightgbm.basic Booster',
      'lightgbm.compat _LGBM*',
      'catboost.core *',
      'statsmodels.** * [sdcz][A-Z]*',
    ],
  },
  {
    reason: 'a SciPy value: a sparse matrix, distribution, tree or interpolator',
    entries: [
      'scipy.sparse.** *_matrix *_array',
      'scipy.sparse *_matrix *_array',
      'scipy.interpolate.** *',
      'scipy.spatial.** *',
      'scipy.stats.** * rv_* *_gen *_frozen gaussian_kde',
      'scipy.spatial._ckdtree cKDTree',
      'scipy.interpolate._interpolate interp1d',
      'scipy.sparse.linalg._interface *',
      'scipy.signal._ltisys *',
      'scipy.special.** expit logit erf gamma gammaln softmax log_softmax',
      'scipy.optimize._lbfgsb_py LbfgsInvHessProduct',
      'scipy.optimize._optimize OptimizeResult MemoizeJac',
    ],
  },
  {
    reason: 'rebuilds a pandas, Arrow or Polars value',
    entries: [
      'pandas.core.frame DataFrame',
      'pandas.core.series Series',
      'pandas DataFrame Series *Index *Dtype Timestamp Timedelta Categorical Period Interval DateOffset NA NaT',
      'pandas.arrays *Array',
      'pandas._libs.sparse *Index',
      'pandas.api.typing *GroupBy Rolling Expanding Resampler',
      'pandas.core.groupby.** *',
      'dateutil.relativedelta relativedelta',
      'pandas.core.indexes.** * _new_*Index',
      'pandas.core.indexes.base _new_Index Index',
      'pandas.core.internals.managers BlockManager SingleBlockManager',
      'pandas.core.internals.blocks new_block Block',
      'pandas._libs.internals _unpickle_block BlockManager',
      'pandas._libs.** __pyx_unpickle_* *_unpickle _unpickle_*',
      'pandas._libs.tslibs.** *',
      'pandas._libs.missing NAType',
      'pandas.core.arrays.** * __pyx_unpickle_*',
      'pandas.core.dtypes.dtypes *',
      'pandas.core.flags Flags',
      'polars.dataframe.frame DataFrame',
      'polars.series.series Series',
      'polars.datatypes.classes *',
      'polars.schema Schema',
      'pyarrow.lib Schema Field type_for_alias',
    ],
  },
  {
    reason: 'a configuration, tokenizer or output of a training library, whose state is data',
    entries: [
      'transformers.training_args TrainingArguments IntervalStrategy OptimizerNames ParallelMode',
      'transformers.training_args_seq2seq Seq2SeqTrainingArguments',
      'transformers.trainer_utils SchedulerType IntervalStrategy HubStrategy SaveStrategy EvalPrediction EvaluationStrategy FSDPOption',
      'transformers.trainer_pt_utils AcceleratorConfig LabelSmoother',
      'transformers.utils.generic ExplicitEnum PaddingStrategy',
      'transformers.modeling_outputs *',
      'transformers.configuration_utils PretrainedConfig PreTrainedConfig',
      'transformers.models.** *Config *Output',
      'transformers.generation.configuration_utils GenerationConfig',
      'transformers.integrations.deepspeed HfTrainerDeepSpeedConfig HfDeepSpeedConfig',
      'transformers.debug_utils DebugOption',
      'accelerate.state PartialState AcceleratorState',
      'accelerate.utils.dataclasses *',
      'trl.trainer.** *Config',
      'peft.** *Config *Type',
      'tokenizers Tokenizer AddedToken',
      'tokenizers.models Model',
      'addict.addict Dict',
      'easydict EasyDict',
      'ml_collections.config_dict.config_dict ConfigDict FieldReference',
      'yacs.config CfgNode',
      'spacy.** *',
      'gensim.models.** *',
      'gensim.corpora.dictionary Dictionary',
      'gym.spaces.** *',
      'gymnasium.spaces.** *',
    ],
  },
];

/** A class, possibly nested in another: a capital first, possibly behind underscores. */
const CLASS = '_{0,2}[A-Z]\\w*(?:\\._{0,2}[A-Z]\\w*)*';

interface Pattern {
  readonly module: RegExp;
  readonly name: RegExp;
  readonly reason: string;
}

/** The entries as they are looked up. */
class Table {
  /** `module` -> names, for entries that are not patterns: nearly all look-ups end here. */
  readonly #exact = new Map<string, Map<string, string>>();
  readonly #patterns: Pattern[] = [];

  constructor(known: readonly KnownGlobals[]) {
    for (const { reason, entries } of known) {
      for (const entry of entries) {
        const [module = '', ...names] = entry.split(' ');
        for (const name of names) this.#add(module, name, reason);
      }
    }
  }

  #add(module: string, name: string, reason: string): void {
    if (!module.includes('*') && !name.includes('*')) {
      const names = this.#exact.get(module) ?? new Map<string, string>();
      this.#exact.set(module, names.set(name, reason));
      return;
    }
    const modules = module.replaceAll('.', '\\.').replace('\\.**', '(?:\\.\\w+)*');
    const names = name === '*' ? CLASS : name.replaceAll('*', '\\w*');
    const [ofModule, ofName] = [new RegExp(`^${modules}$`), new RegExp(`^${names}$`)];
    this.#patterns.push({ module: ofModule, name: ofName, reason });
  }

  reason(module: string, name: string): string | undefined {
    return (
      this.#exact.get(module)?.get(name) ??
      this.#patterns.find((pattern) => pattern.module.test(module) && pattern.name.test(name))
        ?.reason
    );
  }
}

/** Built for the first pickle: a lint of other files starts sooner without it. */
let table: Table | undefined;

/** Why this global is harmless; undefined where it is not known. */
export function knownReason(module: string, name: string): string | undefined {
  table ??= new Table(KNOWN);
  return table.reason(module, name);
}
