const atLatest = 3000 // ms

/** Does work when the page has loaded and the processor has nothing better to do. */
export function whenIdle(work: () => void) {
  const idle = () => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: atLatest })
    else setTimeout(work, atLatest) // Safari
  }
  if (document.readyState === 'complete') idle()
  else addEventListener('load', idle, { once: true })
}
