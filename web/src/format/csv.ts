/** Rows of a table as CSV (RFC 4180), with the mark that has Excel read UTF-8. */
export function csv(rows: (string | number)[][]): string {
  const cell = (v: string | number) => /[",\r\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v)
  return `\ufeff${rows.map((r) => r.map(cell).join(',')).join('\r\n')}\r\n`
}
