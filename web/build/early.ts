import type { Plugin } from 'vite'
import { boot, type Chunk } from './phone'

/** The module that draws maps: loaded apart from the app, wanted by every page of the desk. */
const library = /maplibre-gl\.mjs$/

/** Puts the first questions before both apps, and the map library beside the desk's. */
export function early(desk: string): Plugin {
  return {
    name: 'beatplan-early',
    apply: 'build',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle, filename }) {
        const chunks = (Object.values(bundle ?? {}) as unknown as Chunk[]).filter((c) => c.type === 'chunk')
        const asks = chunks.filter((c) => c.name === boot)
        const draws = chunks.filter((c) => filename === desk && library.test(c.facadeModuleId ?? ''))
        return [
          ...asks.map((c) => ({
            tag: 'script',
            attrs: { type: 'module', async: true, crossorigin: true, fetchpriority: 'high', src: `/${c.fileName}` },
            injectTo: 'head-prepend' as const,
          })),
          ...draws.map((c) => ({
            tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${c.fileName}` },
            injectTo: 'head' as const,
          })),
        ]
      },
    },
  }
}
