// Unpacks plotly and draws every chart of the page. The file asks the network for nothing.
(async () => {
  const root = document.documentElement;
  const charts = [...document.querySelectorAll("[data-chart]")];
  const config = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, responsive: false };
  const spec = (el) => JSON.parse(document.getElementById(el.dataset.chart).textContent);
  const redraw = () => charts.forEach((el) => {
    if (el.clientWidth && el.layout?.width !== el.clientWidth) Plotly.relayout(el, { width: el.clientWidth });
  });

  async function unpack() {
    const packed = Uint8Array.from(atob(document.getElementById("cx-plotly").textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  // After dark the light of every colour is turned round, its hue is kept; the page's style sheet does the same.
  const night = matchMedia("screen and (prefers-color-scheme: dark)");
  const COLOUR = /^#[0-9a-f]{6}$|^rgba?\([\d\s.,]+\)$/i;
  function darker(colour) {
    const hex = colour.match(/^#(..)(..)(..)$/)?.slice(1).map((c) => parseInt(c, 16));
    const [r, g, b, a = 1] = hex ?? colour.match(/[\d.]+/g).map(Number);
    const most = Math.max(r, g, b) / 255, least = Math.min(r, g, b) / 255, light = (most + least) / 2;
    const room = 1 - Math.abs(2 * light - 1), full = room && (most - least) / room;
    const turned = 0.97 - 0.87 * light, reach = full * Math.min(turned, 1 - turned);
    const [low, span] = [turned - reach, 2 * reach];
    const part = (c) => Math.round(255 * (low + (most > least ? (c / 255 - least) / (most - least) : 0.5) * span));
    return `rgba(${part(r)},${part(g)},${part(b)},${a})`;
  }
  function turned(value) {
    if (typeof value === "string") return COLOUR.test(value) ? darker(value) : value;
    if (Array.isArray(value)) return value.map(turned);
    return value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, turned(v)])) : value;
  }

  function draw(el, width = el.clientWidth, dark = night.matches) {
    const { data, layout } = dark ? turned(spec(el)) : spec(el);
    return Plotly.react(el, data, { ...layout, width }, config);
  }

  // Paper has no resize event: the charts take the width they will have on an A4 sheet before it is laid out.
  const PAPER = 680, GAP = 28;
  function print() {
    charts.forEach((el) => {
      const half = el.closest(".cx-figures");
      draw(el, half ? (PAPER - GAP) / 2 : PAPER, false);
    });
  }

  try {
    await unpack();
    const all = () => Promise.all(charts.map((el) => draw(el)));
    await all();
    addEventListener("beforeprint", print);
    addEventListener("afterprint", all);
    night.addEventListener("change", all);
    new ResizeObserver(redraw).observe(document.querySelector("main"));
    root.dataset.charts = "drawn";
  } catch (error) {
    root.dataset.charts = "failed";
    charts.forEach((el) => {
      el.textContent = document.body.dataset.noChart;
      el.style.minHeight = "0";
      el.closest("figure").querySelector("details").open = true;
    });
  }
})();
