const meta = document.querySelector<HTMLMetaElement>('meta[name="public-path"]');

/** The path below which the service is seen, as in `/assembly`; mostly empty. */
export const publicPath: string = meta?.content ?? "";

/** The address of a call or a file of the service. */
export function serviceUrl(path: string): string {
  return `${publicPath}${path}`;
}
