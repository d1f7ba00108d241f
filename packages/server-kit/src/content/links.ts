const SCHEMES = new Set(['http', 'https', 'mailto', 'tel'])
/** What browsers skip inside an address: a scheme may hide behind it. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const SKIPPED = /[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028\u2029\ufeff]/g

/** True for relative addresses and for those with a scheme that runs nothing. */
export function isSafeUrl(url: string): boolean {
  const scheme = /^([^/?#:]*):/.exec(url.replace(SKIPPED, ''))?.[1]
  return scheme === undefined || SCHEMES.has(scheme.toLowerCase())
}
