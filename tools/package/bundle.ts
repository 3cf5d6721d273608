/** All of src and what it imports as one CommonJS file: what a single executable can carry. */

import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

export const top = fileURLToPath(new URL('../..', import.meta.url))

/** node-cron looks for its own folder when it is loaded; in CommonJS `import.meta` is empty, and that would throw. */
const shim = `const importMetaUrl = require('node:url').pathToFileURL(__filename).href;`

/**
 * `debug`, of tail-file, tries to load `supports-color` and does without where it cannot; but only to try makes Node warn in a
 * single executable. An empty module stands in for it.
 */
const withoutColours: Plugin = {
  name: 'without-colours',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^supports-color$/ }, ({ path }) => ({ path, namespace: 'nothing' }))
    esbuild.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }))
  },
}

/** Writes the bundle to `outfile`; returns what went into it. */
export async function bundle(outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: top,
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    // The executable's main script is CommonJS: https://nodejs.org/api/single-executable-applications.html
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: shim },
    plugins: [withoutColours],
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}
