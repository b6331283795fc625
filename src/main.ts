#!/usr/bin/env node
import module from 'node:module';

// Compiled code is kept in the system's folder for temporary files: most commands, and nights with nothing new, take little longer
// than loading the program. Node has this from 22.8 on; it helps what is imported after it.
const { enableCompileCache }: { enableCompileCache?: () => void } = module as object;
enableCompileCache?.();
const { execute } = await import('./cli/program.js');

process.exitCode = await execute(process.argv.slice(2));
