/** Icons as inline SVG: drawn with the colour of the text, silent for screen readers, for the label stands beside them. */

import type { ComponentChildren } from "preact";

function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const ShareIcon = () => (
  <Icon>
    <rect x="3" y="4" width="18" height="13" rx="2" />
    <path d="M12 13.5V7.5M9.5 9.75 12 7.25l2.5 2.5M8.5 20.5h7" />
  </Icon>
);

export const StopShareIcon = () => (
  <Icon>
    <rect x="3" y="4" width="18" height="13" rx="2" />
    <path d="m9.75 8.25 4.5 4.5m0-4.5-4.5 4.5M8.5 20.5h7" />
  </Icon>
);

export const MicIcon = () => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6" />
  </Icon>
);

export const MicOffIcon = () => (
  <Icon>
    <path d="M9 8.5V11a3 3 0 0 0 4.6 2.5M15 10.5V6a3 3 0 0 0-5.6-1.5M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5c0 1-.2 1.9-.6 2.7M12 18v3M9 21h6M4 4l16 16" />
  </Icon>
);

export const CameraIcon = () => (
  <Icon>
    <rect x="2.75" y="6" width="12.5" height="12" rx="2.25" />
    <path d="m15.25 10.75 6-3.25v9l-6-3.25" />
  </Icon>
);

export const CameraOffIcon = () => (
  <Icon>
    <path d="M8.5 6H13a2.25 2.25 0 0 1 2.25 2.25v2.5l6-3.25v9l-3.5-1.9M15.25 15.75A2.25 2.25 0 0 1 13 18H5a2.25 2.25 0 0 1-2.25-2.25v-7.5A2.25 2.25 0 0 1 4.5 6.06M4 4l16 16" />
  </Icon>
);

export const GridIcon = () => (
  <Icon>
    <rect x="3.5" y="5" width="7" height="6" rx="1.25" />
    <rect x="13.5" y="5" width="7" height="6" rx="1.25" />
    <rect x="3.5" y="13.5" width="7" height="6" rx="1.25" />
    <rect x="13.5" y="13.5" width="7" height="6" rx="1.25" />
  </Icon>
);

export const UpIcon = () => (
  <Icon>
    <path d="m7 14.5 5-5 5 5" />
  </Icon>
);

export const SpeakerIcon = () => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />
  </Icon>
);

export const OneLargeIcon = () => (
  <Icon>
    <rect x="3" y="5" width="12.5" height="14" rx="1.5" />
    <path d="M19 5h2M19 9.5h2M19 14h2M19 18.5h2" />
  </Icon>
);

export const LargeIcon = () => (
  <Icon>
    <path d="M14 4.5h5.5V10M19.5 4.5 13 11M10 19.5H4.5V14M4.5 19.5 11 13" />
  </Icon>
);

export const FloatIcon = () => (
  <Icon>
    <path d="M20.5 11V6.75A1.75 1.75 0 0 0 18.75 5H5.25A1.75 1.75 0 0 0 3.5 6.75v10.5c0 .97.78 1.75 1.75 1.75H10" />
    <rect x="12.5" y="13" width="8.5" height="6.5" rx="1.25" />
  </Icon>
);

export const PreviousIcon = () => (
  <Icon>
    <path d="m14.5 5.5-6.5 6.5 6.5 6.5" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="m9.5 5.5 6.5 6.5-6.5 6.5" />
  </Icon>
);

export const ChatIcon = () => (
  <Icon>
    <path d="M20.5 12c0 4-3.8 7.25-8.5 7.25-1.2 0-2.4-.2-3.4-.6L4 20l1.3-3.6A6.6 6.6 0 0 1 3.5 12C3.5 8 7.3 4.75 12 4.75S20.5 8 20.5 12Z" />
    <path d="M8.5 10.5h7M8.5 13.75h4.5" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3.5" />
    <path d="M2.75 19.5c.6-3.3 3.2-5.25 6.25-5.25s5.65 1.95 6.25 5.25M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.75 14.6c1.8.8 3.1 2.5 3.5 4.9" />
  </Icon>
);

export const ShieldIcon = () => (
  <Icon>
    <path d="M12 3.25 5 5.75v5.5c0 4.4 2.9 7.9 7 9.5 4.1-1.6 7-5.1 7-9.5v-5.5l-7-2.5Z" />
    <path d="m8.9 11.9 2.2 2.2 4.1-4.2" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M13.5 4.5H6.75A1.75 1.75 0 0 0 5 6.25v11.5c0 .97.78 1.75 1.75 1.75h6.75M10.5 12h9.75M17 8.75 20.25 12 17 15.25" />
  </Icon>
);

export const EndIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <rect x="9" y="9" width="6" height="6" rx="1" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11m0-11-11 11" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="11" height="11.5" rx="2" />
    <path d="M15.5 5.75A1.75 1.75 0 0 0 13.75 4h-7.5A1.75 1.75 0 0 0 4.5 5.75v8.5c0 .97.78 1.75 1.75 1.75" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);

export const MailIcon = () => (
  <Icon>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <path d="m3.75 7 8.25 6 8.25-6" />
  </Icon>
);

export const PassOnIcon = () => (
  <Icon>
    <circle cx="6.5" cy="12" r="2.5" />
    <circle cx="17" cy="6" r="2.5" />
    <circle cx="17" cy="18" r="2.5" />
    <path d="m8.75 10.8 6-3.4M8.75 13.2l6 3.4" />
  </Icon>
);

export const KeyIcon = () => (
  <Icon>
    <circle cx="8" cy="15.5" r="4.25" />
    <path d="m11.1 12.4 8.4-8.4M15.75 7.75l3 3M13.25 10.25l1.75 1.75" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M4.5 11.75 20 4.5l-5.25 15.5-3.5-6.25-6.75-2ZM11.25 13.75 20 4.5" />
  </Icon>
);

export const SaveIcon = () => (
  <Icon>
    <path d="M12 4v10.5m-4-3.75 4 4 4-4M4.75 16.5v1.75c0 .97.78 1.75 1.75 1.75h11c.97 0 1.75-.78 1.75-1.75V16.5" />
  </Icon>
);

export const FitIcon = () => (
  <Icon>
    <path d="M4 9V5.75C4 4.78 4.78 4 5.75 4H9M15 4h3.25C19.22 4 20 4.78 20 5.75V9M20 15v3.25c0 .97-.78 1.75-1.75 1.75H15M9 20H5.75A1.75 1.75 0 0 1 4 18.25V15" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M12 4.25 2.9 19.5h18.2L12 4.25ZM12 10v4.25M12 17v.1" />
  </Icon>
);

export const HandIcon = () => (
  <Icon>
    <path d="M8 12V5.5a1.4 1.4 0 0 1 2.8 0V11m0-6.2V4.4a1.4 1.4 0 0 1 2.8 0V11m0-5.3a1.4 1.4 0 0 1 2.8 0V12m0-3.5a1.4 1.4 0 0 1 2.8 0v6c0 3.6-2.4 6-6 6-2.9 0-4.4-1.2-5.8-3.8l-2.5-4.6a1.45 1.45 0 0 1 2.5-1.4L8 12.5" />
  </Icon>
);

export const SmileIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 9.5v.1M15 9.5v.1" />
  </Icon>
);

export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
    <circle cx="12" cy="12" r="2.75" />
  </Icon>
);

export const EyeOffIcon = () => (
  <Icon>
    <path d="M6.2 7.4C3.8 9.2 2.5 12 2.5 12S6 18.5 12 18.5c1.6 0 3-.45 4.2-1.1M9.5 5.85A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a15 15 0 0 1-2.2 2.9M4 4l16 16" />
  </Icon>
);

export const RefreshIcon = () => (
  <Icon>
    <path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15" />
  </Icon>
);

export const KeyboardIcon = () => (
  <Icon>
    <rect x="2.5" y="6" width="19" height="12" rx="2" />
    <path d="M6 9.75h.01M9 9.75h.01M12 9.75h.01M15 9.75h.01M18 9.75h.01M6 14.25h.01M18 14.25h.01" stroke-width="2" />
    <path d="M9 14.25h6" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5.5v13M5.5 12h13" />
  </Icon>
);

export const MinusIcon = () => (
  <Icon>
    <path d="M5.5 12h13" />
  </Icon>
);

export const SignalIcon = () => (
  <Icon>
    <path d="M5 19v-3.5M10 19v-7M15 19V8.5M20 19V5" stroke-width="2.5" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3" />
  </Icon>
);

/** The product's sign: a closed ring with a key hole. */
export const Brand = () => (
  <svg class="brand" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <circle cx="16" cy="16" r="13" fill="none" stroke="currentColor" stroke-width="3.5" />
    <path d="M16 9.5a4 4 0 0 1 2 7.46l1 5.54h-6l1-5.54a4 4 0 0 1 2-7.46Z" fill="currentColor" />
  </svg>
);

export const LockIcon = () => (
  <Icon>
    <rect x="5" y="10.5" width="14" height="9.5" rx="2" />
    <path d="M8.25 10.5V8a3.75 3.75 0 0 1 7.5 0v2.5" />
  </Icon>
);

export const ReplyIcon = () => (
  <Icon>
    <path d="M9.5 6 4.25 11.25 9.5 16.5M4.5 11.25H14a5.75 5.75 0 0 1 5.75 5.75v1.25" />
  </Icon>
);

export const FileIcon = () => (
  <Icon>
    <path d="M6.5 3.75h7l4.5 4.5v12H6.5Z" />
    <path d="M13.25 3.75v4.75H18" />
  </Icon>
);

export const AttachIcon = () => (
  <Icon>
    <path d="m19.5 11.5-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.8 7.8a1.6 1.6 0 0 1-2.2-2.2l7-7" />
  </Icon>
);

export const ControlIcon = () => (
  <Icon>
    <path d="M5 4.5 19 11l-6 2-2.5 6z" />
    <path d="m13.5 13.5 4.5 5" />
  </Icon>
);
