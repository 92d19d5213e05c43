// Draws /openapi.json as a readable page: operations, parameters, bodies, answers, examples.
// What stands between back quotes is code.
const rich = (element, text) => {
  (text ?? "").split("`").forEach((part, index) => element.append(index % 2 ? make("code", part) : part));
  return element;
};

const make = (tag, text, className) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
};

function resolve(spec, schema) {
  return schema?.$ref ? schema.$ref.slice(2).split("/").reduce((node, key) => node[key], spec) : schema ?? {};
}

function typeOf(spec, given) {
  const schema = resolve(spec, given);
  const options = schema.anyOf?.filter((option) => option.type !== "null" && (option.properties || !option.required));
  if (options?.length && !schema.properties) return options.map((option) => typeOf(spec, option)).join(" | ");
  if (schema.enum) return schema.enum.map((value) => `"${value}"`).join(" | ");
  if (schema.type === "array") return `${typeOf(spec, schema.items)}[]`;
  return given?.$ref?.split("/").pop() ?? schema.title ?? schema.format ?? schema.type ?? "any";
}

function table(rows, head) {
  const element = make("table");
  const header = element.createTHead().insertRow();
  head.forEach((name) => { const cell = make("th", name); cell.scope = "col"; header.append(cell); });
  const body = element.createTBody();
  rows.forEach((cells) => { const row = body.insertRow(); cells.forEach((text) => { rich(row.insertCell(), text); }); });
  return element;
}

function fields(spec, given) {
  const schema = resolve(spec, given);
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, value]) =>
    [name + (required.has(name) ? " *" : ""), typeOf(spec, value), resolve(spec, value).description ?? ""]);
}

function operation(spec, method, path, item) {
  const box = make("details");
  const summary = make("summary");
  summary.append(make("span", method.toUpperCase(), "method"), make("code", path), make("span", item.summary, "summary"));
  const body = make("div", "", "body");
  body.append(...(item.description ?? "").split("\n\n").map((text) => rich(make("p"), text)));
  if (item.parameters?.length) {
    body.append(make("h3", "Параметры"), table(item.parameters.map((p) =>
      [`${p.name}${p.required ? " *" : ""}`, p.in, typeOf(spec, p.schema), p.description ?? ""]), ["имя", "где", "тип", "что это"]));
  }
  Object.entries(item.requestBody?.content ?? {}).forEach(([type, content]) => {
    body.append(make("h3", `Тело: ${type}`), table(fields(spec, content.schema), ["поле", "тип", "что это"]));
    (resolve(spec, content.schema).examples ?? []).forEach((example) => body.append(make("pre", JSON.stringify(example, null, 2))));
  });
  body.append(make("h3", "Ответы"));
  Object.entries(item.responses).forEach(([code, answer]) => {
    body.append(make("p", `${code}: ${answer.description}`));
    const rows = fields(spec, answer.content?.["application/json"]?.schema);
    if (rows.length && code < "300") body.append(table(rows, ["поле", "тип", "что это"]));
  });
  box.append(summary, body);
  return box;
}

async function draw() {
  const main = document.getElementById("operations");
  try {
    const spec = await (await fetch("/openapi.json")).json();
    document.getElementById("title").textContent = `${spec.info.title} ${spec.info.version}`;
    main.replaceChildren(...Object.entries(spec.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, item]) => operation(spec, method, path, item))));
    if (main.firstElementChild) main.firstElementChild.open = true;
  } catch {
    main.replaceChildren(make("p", "Описание не загрузилось. Обновите страницу."));
  }
}

draw();
