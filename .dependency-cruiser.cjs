// The layer rule: imports point one way. A folder may import itself and the folders named before it.
const LAYERS = [
  ['errors', 'clock', 'counts', 'dates', 'wall_clock', 'log', 'immutable'],
  ['store'],
  ['engine'],
  ['model'],
  ['config'],
  ['ingest'],
  ['release'],
  ['report'],
  ['build'],
  ['tables'],
  ['night'],
  ['inspect'],
  ['init'],
  ['sample'],
  ['notify'],
  ['worker'],
  ['cli'],
  ['main'],
];
const below = (level) => LAYERS.slice(0, level).flat();
const place = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: ['^src/main\\.ts$', '^src/ingest/[^/]+/wasm/', '\\.d\\.ts$'],
      },
      to: {},
    },
    ...LAYERS.flatMap((names, level) =>
      names.map((name) => ({
        name: `layer-${name}`,
        comment: `src/${name} may import only itself and what stands before it`,
        severity: 'error',
        from: { path: place([name]) },
        to: { path: '^src/', pathNot: place([name, ...(level === 0 ? names : below(level))]) },
      })),
    ),
    {
      name: 'only-main-layers',
      comment: 'every file under src stands in a layer',
      severity: 'error',
      from: { path: '^src/', pathNot: place(LAYERS.flat()) },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
