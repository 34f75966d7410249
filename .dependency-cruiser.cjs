// The rooms of src/ and the direction of their arrows. A room may import itself, the rooms below
// it, and errors.ts; the table is the whole architecture, and `npm run check` enforces it.
const base = ['errors', 'project'];
const below = {
  errors: [],
  project: ['errors'],
  formats: ['errors'],
  store: base,
  onnx: ['errors', 'formats'],
  report: ['errors'],
  data: [...base, 'formats'],
  inference: [...base, 'onnx', 'formats', 'store', 'data'],
  lint: [...base, 'onnx', 'formats', 'report'],
  training: [...base, 'onnx', 'formats', 'data', 'inference', 'report'],
  pipeline: [...base, 'store', 'report'],
  evaluation: [...base, 'onnx', 'formats', 'data', 'inference', 'report'],
  registry: [...base, 'store'],
};
const rooms = Object.keys(below);
const path = (room) => `^src/${room}(\\.ts$|/)`;

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...rooms.map((room) => ({
      name: `below-${room}`,
      comment: `${room} may import only: ${[room, ...below[room]].join(', ')}, and port types`,
      severity: 'error',
      from: { path: path(room) },
      to: {
        path: '^src/',
        pathNot: [room, ...below[room]].map(path).concat('^src/runner/ports\\.ts$'),
      },
    })),
    {
      name: 'adapters-stay-at-the-door',
      comment: 'only wiring (index.ts, cli) may choose an adapter',
      severity: 'error',
      from: { pathNot: ['^src/runner/', '^src/cli/', '^src/actions/[^/]+/index\\.ts$'] },
      to: { path: '^src/runner/(github|local)/' },
    },
    {
      name: 'toolkit-only-in-the-runner',
      severity: 'error',
      from: { pathNot: '^src/runner/github/' },
      to: { path: 'node_modules/@actions/' },
    },
    {
      name: 'runner-knows-no-domain',
      severity: 'error',
      from: { path: '^src/runner/' },
      to: { path: '^src/', pathNot: ['^src/runner/', '^src/errors\\.ts$', '^src/report/'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
