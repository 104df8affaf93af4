import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { early } from './build/early'
import { brotli, phoneFiles, sharedWithPhone } from './build/phone'

const root = import.meta.dirname
const desk = resolve(root, 'index.html')
const phone = resolve(root, 'm/index.html')
const server = process.env.BEATPLAN_URL ?? 'http://127.0.0.1:8080'

/**
 * Puts the API reader beside the pages, so that /docs needs no CDN, and keeps
 * the placeholder that lets `go build` embed an unbuilt dist folder.
 */
function companions(): Plugin {
  return {
    name: 'beatplan-companions',
    apply: 'build',
    closeBundle() {
      const dist = resolve(root, 'dist')
      const scalar = resolve(root, 'node_modules/@scalar/api-reference')
      mkdirSync(join(dist, 'scalar'), { recursive: true })
      copyFileSync(
        join(scalar, 'dist/browser/standalone.js'),
        join(dist, 'scalar/standalone.js'),
      )
      writeFileSync(join(dist, '.gitkeep'), '')
    },
  }
}

/** In development, /m is the phone's page, as it is on the real server. */
function phonePage(): Plugin {
  return {
    name: 'beatplan-phone-page',
    configureServer(dev) {
      dev.middlewares.use((req, _res, next) => {
        if (req.url && /^\/m(\/[^.]*)?(\?|$)/.test(req.url)) req.url = '/m/index.html'
        next()
      })
    },
  }
}

const proxied = ['/v1', '/tiles', '/openapi.json', '/docs', '/problems']

export default defineConfig({
  plugins: [react(), phonePage(), early(desk), phoneFiles(phone), companions(), brotli(resolve(root, 'dist'))],
  server: {
    proxy: Object.fromEntries(proxied.map((p) => [p, { target: server }])),
  },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
    rolldownOptions: {
      input: {
        desktop: desk,
        phone,
        boot: resolve(root, 'src/boot.ts'),
      },
      output: {
        codeSplitting: {
          groups: [{ name: sharedWithPhone(resolve(root, 'src/phone/main.tsx')) }],
        },
      },
    },
  },
})
