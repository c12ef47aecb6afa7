/** Shows a picture larger than its place: by wheel and Ctrl, two fingers, keys and buttons; moves it by dragging. */

import { signal } from "@preact/signals";
import { limited, type Scale, stepped } from "./zoom.ts";

/** A notch of a wheel is about 100 of these, a trackpad's pinch a few at a time. */
const WHEEL_PER_DOUBLING = 300;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a hand has taken hold, and how far the picture was moved then. */
interface Hold extends Point {
  readonly left: number;
  readonly top: number;
}

export class ZoomView {
  readonly scale = signal<Scale>(null);
  /** At which scale the picture is shown now. */
  readonly shown = signal(1);
  #frame: HTMLElement | null = null;
  #surface: HTMLElement | null = null;
  #widthPx = 0;
  /** What presses on the picture: one moves it, two zoom. */
  readonly #pointers = new Map<number, Hold>();

  /** Zoom what `frame` shows on `surface`, until the returned function is called. */
  attach(frame: HTMLElement, surface: HTMLElement): () => void {
    [this.#frame, this.#surface] = [frame, surface];
    const over = new AbortController();
    const { signal } = over;
    frame.addEventListener("wheel", (event) => this.#turn(event), { signal, passive: false });
    frame.addEventListener("dblclick", (event) => this.#toggle(at(event)), { signal });
    frame.addEventListener("pointerdown", (event) => this.#press(event), { signal });
    frame.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of ["pointerup", "pointercancel"] as const) {
      frame.addEventListener(end, (event) => this.#pointers.delete(event.pointerId), { signal });
    }
    const sized = new ResizeObserver(() => this.#measure());
    sized.observe(frame);
    sized.observe(surface);
    return () => {
      over.abort();
      sized.disconnect();
    };
  }

  /** The picture has this width from now on, in its own pixels. */
  resize(widthPx: number): void {
    this.#widthPx = widthPx;
    this.#place(this.scale.value);
  }

  fit(): void {
    this.#place(null);
  }

  actual(): void {
    this.#zoom(1);
  }

  step(direction: 1 | -1): void {
    this.#placeAt(stepped(this.shown.value, this.#fitScale(), direction), this.#middle());
  }

  /** Move what is seen by so many pixels of the page. */
  pan(x: number, y: number): void {
    this.#frame?.scrollBy(x, y);
  }

  #zoom(scale: number, point = this.#middle()): void {
    this.#placeAt(limited(scale, this.#fitScale()), point);
  }

  #toggle(point: Point): void {
    const fit = this.#fitScale();
    if (this.scale.value !== null) this.fit();
    else this.#zoom(fit < 1 ? 1 : 2 * fit, point);
  }

  #turn(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoom(this.shown.value * 2 ** (-event.deltaY / WHEEL_PER_DOUBLING), at(event));
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0 || this.#pointers.size > 1) return;
    this.#hold(event.pointerId, at(event));
    // The hand holds the picture also where it has left the frame.
    this.#frame?.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const [id, other] = [...this.#pointers].find(([each]) => each !== event.pointerId) ?? [];
    const now = at(event);
    if (other === undefined || id === undefined) {
      return this.#frame?.scrollTo(before.left + before.x - now.x, before.top + before.y - now.y);
    }
    this.#zoom((this.shown.value * distance(now, other)) / Math.max(1, distance(before, other)), other);
    this.#hold(event.pointerId, now);
    this.#hold(id, other);
  }

  #hold(pointer: number, { x, y }: Point): void {
    const { scrollLeft: left = 0, scrollTop: top = 0 } = this.#frame ?? {};
    this.#pointers.set(pointer, { x, y, left, top });
  }

  /** What is under `point` stays there. */
  #placeAt(scale: Scale, point: Point): void {
    const before = this.#surface?.getBoundingClientRect();
    this.#place(scale);
    const after = this.#surface?.getBoundingClientRect();
    if (!before || !after) return;
    const share = { x: (point.x - before.left) / before.width, y: (point.y - before.top) / before.height };
    this.pan(after.left + share.x * after.width - point.x, after.top + share.y * after.height - point.y);
  }

  #place(scale: Scale): void {
    this.scale.value = scale;
    // The style sheet has its own idea only as long as nobody has another; the place must scroll before it is moved.
    this.#frame?.classList.toggle("picture-zoomed", scale !== null);
    if (scale === null) this.#surface?.style.removeProperty("inline-size");
    else this.#surface?.style.setProperty("inline-size", `${(scale * this.#widthPx) / devicePixelRatio}px`);
    this.#measure();
  }

  #measure(): void {
    if (this.#surface && this.#widthPx > 0) this.shown.value = this.#scaleOf(this.#surface.offsetWidth);
  }

  /** Return at which scale the picture fits. */
  #fitScale(): number {
    const [frame, surface] = [this.#frame, this.#surface];
    if (!frame || !surface || this.#widthPx === 0) return 1;
    const { scrollLeft, scrollTop } = frame;
    const set = surface.style.getPropertyValue("inline-size");
    surface.style.removeProperty("inline-size");
    const scale = this.#scaleOf(surface.offsetWidth);
    surface.style.setProperty("inline-size", set);
    // What fits cannot be scrolled: asking has moved the picture.
    frame.scrollTo(scrollLeft, scrollTop);
    return scale;
  }

  #scaleOf(width: number): number {
    return (width * devicePixelRatio) / this.#widthPx;
  }

  #middle(): Point {
    const box = this.#frame?.getBoundingClientRect();
    return box ? { x: box.left + box.width / 2, y: box.top + box.height / 2 } : { x: 0, y: 0 };
  }
}

const at = ({ clientX, clientY }: MouseEvent): Point => ({ x: clientX, y: clientY });

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y);
