import type { ComponentChildren } from "preact";
import { CloseIcon, MicOffIcon, SpeakerIcon, WarningIcon } from "./icons.tsx";
import type { VoiceModel } from "./voice.ts";

/** What keeps a person from hearing or being heard, and the way on. */
export function VoiceBanners({ voice }: { voice: VoiceModel }) {
  return (
    <>
      {voice.sound.hearing.value === "missing" && (
        <Banner icon={<SpeakerIcon />} text="You hear nobody: there is no loudspeaker. Plug in one, or headphones." />
      )}
      {voice.sound.hearing.value === "blocked" && (
        <Banner icon={<SpeakerIcon />} text="Your browser plays no sound before you click.">
          <button type="button" class="button" onClick={() => voice.sound.resume()}>
            Click to hear
          </button>
        </Banner>
      )}
      {voice.problem.value && (
        <Banner icon={<WarningIcon />} text={voice.problem.value}>
          <button type="button" class="button" onClick={() => void voice.unmute()}>
            Try again
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => {
              voice.problem.value = null;
            }}
          >
            <CloseIcon />
          </button>
        </Banner>
      )}
      {voice.own.value === "deaf" && (
        <Banner
          icon={<MicOffIcon />}
          text="Your microphone is silent. Is it switched off, or is another one the right one?"
        />
      )}
    </>
  );
}

interface BannerProps {
  readonly icon: ComponentChildren;
  readonly text: string;
  readonly children?: ComponentChildren;
}

function Banner({ icon, text, children }: BannerProps) {
  return (
    <div class="banner banner-warn" role="alert">
      {icon}
      <span>{text}</span>
      {children}
    </div>
  );
}
