import { logged, type Example } from '../repository.ts';

const params = `lr: 0.1
flag: true
none: null
model: {units: 10, layers: [1, 2], name: "it's"}
langs: [cs, en]
sizes: {small: 1, large: {n: 20, tag: "L x"}}
`;

const copy = (name: string, rest = '') => logged(name, `cat in.txt > ${name}.txt${rest}`);

function template(name: string, text: string, changes: Example['changes'], more = {}): Example {
  return {
    name,
    files: { 'dvc.yaml': text, 'params.yaml': params, 'in.txt': 'one\n', ...more },
    changes,
  };
}

export const templates: readonly Example[] = [
  template(
    'templates from params.yaml',
    `stages:
  a:
    cmd: ${copy('a', ' && echo ${lr} ${model.units} ${model.layers[1]} ${flag} >> a.txt')}
    deps: [in.txt]
    outs: [a.txt]
`,
    [
      { replace: 'params.yaml', old: '0.1', new: '0.2' },
      { replace: 'params.yaml', old: 'langs: [cs, en]', new: 'langs: [de]' },
      { replace: 'params.yaml', old: 'flag: true', new: 'flag: false' },
    ],
  ),
  template(
    'vars of the file and of a stage, and of other files',
    `vars:
- settings.json
- other.yaml:deep
- size: 3
  folder: out
stages:
  a:
    vars:
    - own: 7
    cmd: ${copy('a', ' && echo ${size} ${own} ${title} ${deep.value} >> ${folder}.bin')}
    deps: [in.txt]
    params: [lr]
    outs: [a.txt, '\${folder}.bin']
`,
    [
      { replace: 'dvc.yaml', old: 'size: 3', new: 'size: 4' },
      { replace: 'settings.json', old: 'Hello', new: 'Bye' },
      { replace: 'other.yaml', old: 'ignored: 1', new: 'ignored: 2' },
      { replace: 'other.yaml', old: '1.5', new: '2.5' },
    ],
    { 'settings.json': '{"title": "Hello"}', 'other.yaml': 'deep: {value: 1.5}\nignored: 1\n' },
  ),
  template(
    'a mapping becomes options',
    `stages:
  a:
    cmd: ${copy('a', ' && echo ${model} >> a.txt')}
    deps: [in.txt]
    outs: [a.txt]
`,
    [{ replace: 'params.yaml', old: 'units: 10', new: 'units: 1e-5' }],
  ),
  template(
    'foreach over a list',
    `stages:
  each:
    foreach: [1, two, 2.50]
    do:
      cmd: ${logged('each-${item}', 'echo ${item} > ${item}.txt')}
      deps: [in.txt]
      outs: ['\${item}.txt']
`,
    [{ append: 'in.txt' }, { replace: 'dvc.yaml', old: 'two', new: 'three' }],
  ),
  template(
    'foreach over mappings of params.yaml',
    `stages:
  lang:
    foreach: \${langs}
    do:
      cmd: ${logged('lang-${item}', 'echo ${lr} > ${item}.txt')}
      params: [lr]
      outs: ['\${item}.txt']
  size:
    foreach: \${sizes}
    do:
      cmd: ${logged('size-${key}', "echo '${item}' > ${key}.txt")}
      deps: [cs.txt]
      outs: ['\${key}.txt']
`.replace("echo '${item}'", 'echo'),
    [
      { replace: 'params.yaml', old: '[cs, en]', new: '[cs, de]' },
      { replace: 'params.yaml', old: '0.1', new: '0.3' },
    ],
  ),
  template(
    'a matrix',
    `stages:
  grid:
    matrix:
      lang: \${langs}
      size: [1, {n: 2}]
    cmd: ${logged('grid-${item.lang}-${key}', 'echo ${item.lang} > ${key}.txt')}
    deps: [in.txt]
    outs: ['\${key}.txt']
`,
    [{ append: 'in.txt' }, { replace: 'params.yaml', old: '[cs, en]', new: '[en, cs, de]' }],
  ),
  template(
    'templates in params, wdir and deps, and an escaped one',
    `vars:
- where: sub
- what: [lr, flag]
stages:
  a:
    wdir: \${where}
    cmd: ${logged('a', "echo '\\${HOME}' $LANG > a.txt")}
    deps: ['../\${file}']
    vars: [{file: in.txt}]
    params: [{../params.yaml: ['\${what[0]}', flag]}]
    outs: [a.txt]
`,
    [{ append: 'in.txt' }, { replace: 'params.yaml', old: '0.1', new: '0.2' }],
    { 'sub/.keep': '' },
  ),
];
