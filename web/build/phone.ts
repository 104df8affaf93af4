import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { Plugin } from 'vite'

/**
 * How the phone's page is built: in few files, because each costs a round trip where the
 * network is slow; and a list of all its files, so that they can be laid in while there is
 * a network.
 */

/** Name of the chunk that asks for what both pages show first, before the app. */
export const boot = 'boot'

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null
}

/**
 * A name for the chunk of modules that the phone's first screen and others share: one
 * file instead of one for every icon. entry is the first module of the phone.
 */
export function sharedWithPhone(entry: string): (id: string, modules: Modules) => string | null {
  let first: Set<string> | undefined
  return (id, modules) => {
    first ??= reached(entry, modules)
    if (id.includes('rolldown/runtime')) return 'base'
    return first.has(id) && !id.includes('/src/phone/') ? 'base' : null
  }
}

/** Every module that an entry imports, directly or not, but nothing that it loads later. */
function reached(entry: string, modules: Modules): Set<string> {
  const found = new Set<string>()
  const next = [entry]
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (found.has(id)) continue
    found.add(id)
    next.push(...(modules.getModuleInfo(id)?.importedIds ?? []))
  }
  return found
}

/** What is read of a chunk of the bundle. */
export interface Chunk {
  type: string
  fileName: string
  name?: string
  facadeModuleId?: string | null
  imports?: string[]
  dynamicImports?: string[]
  code?: string
  viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> }
}

/** Files that a chunk needs or may load later: modules, style sheets, workers. */
function needed(c: Chunk): string[] {
  return [
    ...(c.imports ?? []), ...(c.dynamicImports ?? []),
    ...(c.viteMetadata?.importedCss ?? []), ...(c.viteMetadata?.importedAssets ?? []),
    ...[...(c.code ?? '').matchAll(/assets\/[\w.-]+\.(?:m?js|css)/g)].map((m) => m[0]),
  ]
}

/** Writes m/files.json. */
export function phoneFiles(page: string): Plugin {
  return {
    name: 'beatplan-phone-files',
    apply: 'build',
    writeBundle(options, bundle) { // every address is final only now
      const chunks = bundle as unknown as Record<string, Chunk>
      const files = new Set<string>()
      const next = Object.values(chunks)
        .filter((c) => c.facadeModuleId === page || c.name === boot).map((c) => c.fileName)
      for (let name = next.pop(); name !== undefined; name = next.pop()) {
        const c = chunks[name]
        if (!c || files.has(name)) continue
        files.add(name)
        next.push(...needed(c))
      }
      const list = JSON.stringify([...files].sort().map((f) => `/${f}`))
      writeFileSync(join(options.dir ?? 'dist', 'm/files.json'), list)
    },
  }
}

const worthIt = 1024 // bytes; smaller files gain nothing

/** Lays a .br beside every script and style sheet of the build. */
export function brotli(dist: string): Plugin {
  return {
    name: 'beatplan-brotli',
    apply: 'build',
    closeBundle() {
      const assets = join(dist, 'assets')
      for (const name of readdirSync(assets)) {
        const path = join(assets, name)
        if (!/\.(m?js|css)$/.test(name) || statSync(path).size < worthIt) continue
        const body = readFileSync(path)
        writeFileSync(`${path}.br`, brotliCompressSync(body, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: 10,
            [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
          },
        }))
      }
    },
  }
}
