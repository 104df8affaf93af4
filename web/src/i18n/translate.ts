/** Words of one language: key → text with {name} holes and {n|one|many} forms. */
export type Catalogue = Record<string, string>

/** What fills the holes. */
export type Args = Record<string, string | number>

/**
 * Fills a text. `{who}` becomes args.who; `{n|stop|stops}` becomes the first form
 * when args.n is 1 and the second otherwise. An unknown hole stays as it is, so
 * that a mistake shows.
 */
export function fill(text: string, args?: Args): string {
  if (!args) return text
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    const value = args[name]
    if (value === undefined) return whole
    if (one === undefined) return String(value)
    return Number(value) === 1 ? one : many
  })
}
