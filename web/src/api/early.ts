/**
 * Answers that a page asked for while its app was still on its way, by address. Each
 * serves once, to whoever reads that address first; an old one serves nobody.
 */
export type Early = Map<string, { asked: number; answer: Promise<Response> }>

declare global {
  var beatplanEarly: Early | undefined
}

const servesFor = 10_000 // ms

/** Takes the answer that was asked for early, if there is one. */
export function takeEarly(path: string): Promise<Response> | undefined {
  const early = globalThis.beatplanEarly?.get(path)
  globalThis.beatplanEarly?.delete(path)
  return early && performance.now() - early.asked < servesFor ? early.answer : undefined
}
