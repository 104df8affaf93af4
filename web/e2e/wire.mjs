// A wire between a page and the server that can be cut in the middle of a request, at a
// byte and not at a time: what was sent before the cut has reached the server.
import { connect, createServer } from 'node:net'

// wire listens on a free port and passes everything on to the server at url. cut lets the
// next request whose first line matches through up to so many bytes, then ends every
// connection and refuses new ones until mend is called; it resolves when that has happened.
export async function wire(url) {
  const { hostname, port } = new URL(url)
  const open = new Set()
  let broken = false
  let watch = null
  const end = () => {
    broken = true
    for (const s of open) s.destroy()
    watch.done()
    watch = null
  }
  const listener = createServer((near) => {
    if (broken) return void near.destroy()
    const far = connect(Number(port), hostname)
    for (const s of [near, far]) {
      open.add(s)
      s.on('error', () => undefined)
      s.once('close', () => {
        open.delete(s)
        near.destroy()
        far.destroy()
      })
    }
    far.pipe(near)
    let passed = -1 // bytes of the request that is watched
    near.on('data', (bytes) => {
      if (passed < 0 && watch?.line.test(bytes.toString('latin1'))) passed = 0
      if (passed < 0 || !watch) return void far.write(bytes)
      const part = bytes.subarray(0, watch.after - passed)
      passed += part.length
      far.write(part, () => passed >= (watch?.after ?? Infinity) && end())
    })
  })
  await new Promise((done) => listener.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${listener.address().port}`,
    cut: (line, after) => new Promise((done) => {
      watch = { line, after, done }
    }),
    mend: () => {
      broken = false
    },
    close: () => new Promise((done) => {
      for (const s of open) s.destroy()
      listener.close(done)
    }),
  }
}
