// The two events as zod checks them, by the rules that the service has.

import { z } from "zod";

const amount = z.number().min(0);
const share = z.number().min(0).max(1);
const key = {
  video_id: z.string().max(128).regex(/^[A-Za-z0-9_-]+$/),
  seller_handle: z
    .string()
    .max(64)
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/),
  timestamp: z.iso.datetime({ offset: true }),
};

export const CaptionParsed = z.object({
  ...key,
  title: z.string().trim().min(1).max(500),
  price: amount.nullable(),
  sizes: z.string().max(500).nullable(),
  tags: z.array(z.string().max(100)).max(50),
  confidence_score: share.optional(),
  raw_caption: z.string().max(5000).optional(),
});

const ThumbnailInfo = z.object({
  thumbnail_url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s/?#]\S*$/i),
  thumbnail_s3_key: z.string().min(1).max(1024),
  frame_timestamp: amount,
  frame_index: z.int().min(0),
  confidence_score: share,
  quality_score: share,
  detected_objects: z
    .array(
      z.object({
        class_name: z.string(),
        confidence: share,
        bbox: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      }),
    )
    .optional(),
  is_primary: z.boolean(),
});

export const ThumbnailGenerated = z.object({
  ...key,
  thumbnails: z.array(ThumbnailInfo).min(1).max(20),
  primary_thumbnail: ThumbnailInfo,
  processing_metadata: z.object({
    video_duration: amount,
    frames_analyzed: amount,
    thumbnails_generated: amount,
    processing_time_ms: amount,
  }),
});
