import { useState, type FormEvent } from "react";
import { Button, FieldError, Input, Label, TextField } from "react-aria-components";
import { useNavigate } from "react-router";
import { isSeller, isVideo, sellerHandle, tracePath, videoAt, type VideoName } from "./videos";

const BROKEN_SELLER = "Type the seller's handle, such as home256.";
const BROKEN_VIDEO = "Type the video's id, or paste its address.";

/** Finds a video: its page tells where it is. An address of TikTok fills both fields. */
export function VideoSearch({ seller = "" }: { seller?: string }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState<VideoName>({ seller, video: "" });
  const [isSubmitted, setIsSubmitted] = useState(false);
  const name = { seller: sellerHandle(typed.seller), video: typed.video.trim() };

  function type(change: Partial<VideoName>, text: string) {
    setTyped(videoAt(text) ?? { ...typed, ...change });
  }

  function find(event: FormEvent) {
    event.preventDefault();
    setIsSubmitted(true);
    if (isSeller(name.seller) && isVideo(name.video)) void navigate(tracePath(name));
  }

  return (
    <form
      className="video-search"
      role="search"
      aria-label="Find a video"
      onSubmit={find}
      noValidate
    >
      <TextField
        value={typed.seller}
        onChange={(text) => type({ seller: text }, text)}
        isInvalid={isSubmitted && !isSeller(name.seller)}
        autoComplete="off"
        spellCheck="false"
      >
        <Label>Seller</Label>
        <Input className="input" placeholder="home256" autoCapitalize="none" />
        <FieldError>{BROKEN_SELLER}</FieldError>
      </TextField>
      <TextField
        value={typed.video}
        onChange={(text) => type({ video: text }, text)}
        isInvalid={isSubmitted && !isVideo(name.video)}
        autoComplete="off"
        spellCheck="false"
      >
        <Label>Video</Label>
        <Input className="input" placeholder="Id or address" autoCapitalize="none" />
        <FieldError>{BROKEN_VIDEO}</FieldError>
      </TextField>
      <Button type="submit" className="button primary">
        Find video
      </Button>
    </form>
  );
}
