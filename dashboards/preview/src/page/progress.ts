/** Shows a screenshot or a test whether everything that was queried has been drawn: `<html data-drawn="true">`. */
let pending = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

const settle = (): void => {
  clearTimeout(timer);
  // Charts draw in the frame after their data arrives, and tooltips and layouts in the one after.
  timer = setTimeout(
    () =>
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (pending > 0) return;
          document.documentElement.dataset['drawn'] = 'true';
          performance.mark('drawn');
        }),
      ),
    0,
  );
};

/** Marks the start of something that changes the picture; the returned function marks its end. */
export const begin = (): (() => void) => {
  pending += 1;
  delete document.documentElement.dataset['drawn'];
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    pending -= 1;
    if (pending === 0) settle();
  };
};
