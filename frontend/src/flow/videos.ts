/** A video, as people name it. */
export interface VideoName {
  seller: string;
  video: string;
}

const SELLER = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/;
const VIDEO = /^[A-Za-z0-9_-]{1,128}$/;
const TIKTOK = /tiktok\.com\/@([^/?#\s]+)\/video\/([^/?#\s]+)/;

/** The seller and the video that an address of TikTok names, or null if the text is none. */
export function videoAt(text: string): VideoName | null {
  const [, seller, video] = TIKTOK.exec(text) ?? [];
  return seller === undefined || video === undefined ? null : { seller, video };
}

/** A handle as the service writes it. */
export function sellerHandle(typed: string): string {
  return typed.trim().replace(/^@/, "");
}

export function isSeller(text: string): boolean {
  return SELLER.test(text);
}

export function isVideo(text: string): boolean {
  return VIDEO.test(text);
}

/** The page that tells where a video is. */
export function tracePath({ seller, video }: VideoName): string {
  return `/flow/videos/${encodeURIComponent(seller)}/${encodeURIComponent(video)}`;
}
