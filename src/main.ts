#!/usr/bin/env node
import module from 'node:module';

// Compiled code is kept in the system's folder for temporary files: most commands, and nights with
// nothing new, take little longer than loading the program. Node has this from 22.8 on; it helps
// what is imported after it.
const { enableCompileCache }: { enableCompileCache?: () => void } = module as object;
enableCompileCache?.();
// The engine works in Node's threads for files: with the four there are unless set, files would
// wait for statements.
process.env.UV_THREADPOOL_SIZE ??= '12';
// A reader such as `head` may have enough before all is written. The command still goes on to its
// end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
const { execute } = await import('./cli/program.js');

process.exitCode = await execute(process.argv.slice(2));
