/** Deletes the answers that the phone's service worker keeps for the person signed in. */
export async function forgetAnswers(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete('beatplan-data-1')
}
