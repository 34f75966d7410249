import { rule } from '../../rule.ts';

export default rule({
  id: 'file/wrong-format',
  family: 'file',
  severity: 'error',
  rationale:
    'Loaders go by content and people by names. A pickle called .h5 runs code where a reviewer expects plain arrays; an HTML page called .onnx is a failed download.',
  fails: 'weights.h5 that starts like a pickle',
  passes: 'weights.h5 that starts like HDF5',
  *check({ format, claimed, name }) {
    if (!claimed || claimed.includes(format) || format === 'empty' || format === 'lfs-pointer')
      return;
    yield { message: `it is called ${name} and holds ${format}, not ${claimed.join(' or ')}` };
  },
});
