import { whenIdle } from './idle'

/**
 * Starts the service worker when the first screen stands, so that neither it nor the files
 * that it lays in take the network from that screen. Where the owner saves data, the files
 * of other screens come when they are opened.
 */
export function startWorker() {
  const worker = navigator.serviceWorker
  if (!worker || !import.meta.env.PROD) return
  const layIn = () => void worker.ready.then((r) => {
    if (!savesData()) r.active?.postMessage('lay in')
  })
  whenIdle(() => {
    void worker.register('/sw.js', { scope: '/m' }).then(layIn, () => undefined)
    addEventListener('online', layIn)
  })
}

const savesData = () =>
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true
