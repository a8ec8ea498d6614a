import { serviceUrl } from "../site/address";

interface Sample {
  picture: string;
  title: string;
  price: number | null;
  sizes: string | null;
  tags: string[];
}

const SAMPLES: Sample[] = [
  { picture: "mug", title: "Hand-thrown clay mug", price: 38000, sizes: null, tags: ["home", "kitchen"] },
  { picture: "sneaker", title: "Court sneakers, teal", price: 145000, sizes: "37-44", tags: ["shoes", "unisex"] },
  { picture: "bag", title: "Bark-cloth tote bag", price: 62500, sizes: null, tags: ["bags", "handmade"] },
  { picture: "beads", title: "Paper bead necklace", price: 19000, sizes: "45 cm", tags: ["jewellery", "handmade"] },
  { picture: "plant", title: "Rubber plant in terracotta", price: null, sizes: "S, M", tags: ["home", "plants"] },
  { picture: "lamp", title: "Bedside lamp, ochre shade", price: 118000.5, sizes: null, tags: ["home", "lighting"] },
  { picture: "dress", title: "Gomesi-inspired summer dress", price: 210000, sizes: "S-XL", tags: ["fashion", "kitenge"] },
  { picture: "phone", title: "Printed phone case", price: 24900, sizes: "6.1 in", tags: ["accessories"] },
];

const PICTURES = import.meta.glob<string>("./pictures/*.svg", {
  eager: true,
  import: "default",
  query: "?url",
});

/** Frames of a video: the same picture, looked at from further away and closer. */
const FRAMES = ["0,0,400,500", "60,60,300,375", "90,150,220,275"];
const MOST_AT_ONCE = 4;
const PAUSE_MS = 700;

let turn = 0;

/**
 * Publishes both halves of a few new videos, one after another, as the two workers would; works in
 * the local mode alone. Returns how many. Rejects with a sentence if the service refuses.
 */
export async function sendSamples(seller: string): Promise<number> {
  const chosen = Array.from({ length: MOST_AT_ONCE }, () => {
    const sample = SAMPLES[turn++ % SAMPLES.length];
    if (sample === undefined) throw new Error("there are no samples");
    return sample;
  });
  const now = Date.now();
  for (const [n, sample] of chosen.entries()) {
    const video = videoOf(seller, now + n);
    await publish({ thumbnails: [thumbnailsOf(sample, video)] });
    await publish({ captions: [captionOf(sample, video)] });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return chosen.length;
}

interface Video {
  video_id: string;
  seller_handle: string;
  timestamp: string;
}

function videoOf(seller: string, now: number): Video {
  // As TikTok's ids do, it begins with the time, so that a later one is larger.
  const id = (BigInt(Math.floor(now / 1000)) << 32n) + BigInt(now % 1000);
  return { video_id: `${id}`, seller_handle: seller, timestamp: new Date(now).toISOString() };
}

function captionOf({ title, price, sizes, tags }: Sample, video: Video) {
  return { ...video, title, price, sizes, tags, confidence_score: 0.93 };
}

function thumbnailsOf({ picture }: Sample, video: Video) {
  const url = new URL(PICTURES[`./pictures/${picture}.svg`] ?? "", window.location.href);
  const thumbnails = FRAMES.map((frame, n) => ({
    thumbnail_url: `${url.href}#svgView(viewBox(${frame}))`,
    thumbnail_s3_key: `samples/${video.video_id}_${n}.svg`,
    frame_timestamp: 1.5 + 4 * n,
    frame_index: 45 + 120 * n,
    confidence_score: 0.9 - 0.1 * n,
    quality_score: 0.85,
    is_primary: n === 0,
  }));
  return {
    ...video,
    thumbnails,
    primary_thumbnail: thumbnails[0],
    processing_metadata: {
      video_duration: 14.2,
      frames_analyzed: 40,
      thumbnails_generated: thumbnails.length,
      processing_time_ms: 5200,
    },
  };
}

async function publish(events: Record<string, unknown[]>): Promise<void> {
  const answer = await fetch(serviceUrl("/local/events"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(events),
  });
  if (answer.ok) return;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Error(problem.detail ?? `The service answered ${answer.status}.`);
}
