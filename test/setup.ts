import { setLoudness } from '../src/cli/loudness.js';

// test files of one process share modules: a command of another one may have set --quiet
setLoudness({});
