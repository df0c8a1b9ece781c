// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/roi/shapes.js - shapes of the mask editor: their text, and the pixels that are in them
//
// The same rules and the same double arithmetic as lib/algo/roi.c and roipoly.c: what is drawn here is
// what calib-roi makes of the saved shapes.
'use strict';

const SLACK = 1e-9;
const DEGREE = 0.017453292519943295;
const KEPT = 1, MASKED = 2;

// Words of a shape file, and how many numbers follow: a list of two is at least and at most.
const WORDS = {
	rect: 4, circle: 3, ellipse: 4, ring: 4, wedge: 6, polygon: [6, 2000000], line: 4,
	pixel: [2, 2000000], row: [1, 2], col: [1, 2], edge: 1,
};

// Numbers as they are saved: what is drawn is what is read again.
function rounded(v) {
	return Number(v.toPrecision(6));
}

function formatNumber(v) {
	return String(rounded(v));
}

// ---- text ----

// A shape {role, kind, v, rot, width}, {other: line} for a line that is not of the image, or null.
function parseLine(text) {
	const line = text.replace(/#.*/, '').trim();
	if (line === '')
		return null;
	const words = line.split(/\s+/);
	const shape = {role: 'mask', kind: '', v: [], rot: 0, width: 1};
	if (words[0] === 'keep' || words[0] === 'mask')
		shape.role = words.shift();
	if (words[0] === 'img')
		words.shift();
	shape.kind = words.shift() || '';
	if (!Object.hasOwn(WORDS, shape.kind))
		return otherLine(line, shape.kind);
	for (const word of words) {
		const key = word.match(/^(rot|width)=(.*)$/);
		const value = Number(key ? key[2] : word);
		if (!Number.isFinite(value) || (key && key[2] === ''))
			throw new Error(`'${word}' is not a number`);
		if (key)
			shape[key[1]] = value;
		else
			shape.v.push(value);
	}
	checkShape(shape);
	return shape;
}

function otherLine(line, word) {
	if (/^(grow|bits|size|seg=\S+|um|Rectangle|Circle|Line|Wedge|Polygon|Center)$/.test(word))
		return {other: line};
	throw new Error(`'${word}' is no shape`);
}

function checkShape(shape) {
	const n = [].concat(WORDS[shape.kind]);
	const most = n.length > 1 ? n[1] : n[0];
	if (shape.v.length < n[0] || shape.v.length > most)
		throw new Error(`${shape.kind} has ${shape.v.length} numbers, expected ` +
			(n.length > 1 ? `at least ${n[0]}` : n[0]));
	if ((shape.kind === 'polygon' || shape.kind === 'pixel') && shape.v.length % 2 !== 0)
		throw new Error(`${shape.kind}: pairs of x and y are expected`);
	const sizes = {rect: [2, 3], circle: [2], ellipse: [2, 3], ring: [2, 3], wedge: [2, 3], edge: [0]};
	for (const i of sizes[shape.kind] || [])
		if (shape.v[i] < 0)
			throw new Error(`${shape.kind}: ${shape.v[i]} must not be negative`);
	if ((shape.kind === 'ring' || shape.kind === 'wedge') && shape.v[3] < shape.v[2])
		throw new Error(`${shape.kind}: ${shape.v[3]} is below ${shape.v[2]}`);
	if (shape.kind === 'line' && !(shape.width > 0))
		throw new Error('the width of a line must be more than 0');
	if ((shape.kind === 'row' || shape.kind === 'col') && shape.v.length === 1)
		shape.v.push(shape.v[0]);
}

function formatShape(shape) {
	if (shape.other !== undefined)
		return shape.other;
	let v = shape.v;
	if ((shape.kind === 'row' || shape.kind === 'col') && v[0] === v[1])
		v = v.slice(0, 1);
	let text = `${shape.role} ${shape.kind} ${v.map(formatNumber).join(' ')}`;
	if (shape.rot !== 0 && (shape.kind === 'rect' || shape.kind === 'ellipse'))
		text += ` rot=${formatNumber(shape.rot)}`;
	if (shape.kind === 'line' && shape.width !== 1)
		text += ` width=${formatNumber(shape.width)}`;
	return text;
}

function parseText(text) {
	const shapes = [];
	text.split('\n').forEach((line, i) => {
		try {
			const shape = parseLine(line);
			if (shape && !(shape.other && /^size\b/.test(shape.other)))
				shapes.push(shape);
		} catch (error) {
			throw new Error(`line ${i + 1}: ${error.message}`);
		}
	});
	return shapes;
}

function formatText(shapes, data) {
	const head = ['# calib-roi shapes 1'];
	if (data.crc)
		head.unshift(`# GEOMETRY_CRC ${data.crc}`);
	head.push(`size ${data.rows} ${data.cols}`);
	return head.concat(shapes.map(formatShape)).join('\n') + '\n';
}

// ---- which pixels ----

// A question for each kind that is an area: inside(x, y), and the box around it.
const AREAS = {
	rect(shape) {
		const [x, y, w, h] = shape.v;
		if (shape.rot % 360 === 0)
			return {box: [x, y, x + w, y + h],
				inside: (px, py) => px >= x && px <= x + w && py >= y && py <= y + h};
		const mx = x + w / 2, my = y + h / 2, reach = w + h + 1, t = turnOf(shape);
		return {box: [mx - reach, my - reach, mx + reach, my + reach], inside(px, py) {
			const dx = px - mx, dy = py - my;
			return Math.abs(dx * t.c + dy * t.s) <= w / 2 + SLACK &&
				Math.abs(dy * t.c - dx * t.s) <= h / 2 + SLACK;
		}};
	},
	circle(shape) {
		const [x, y, r] = shape.v;
		return {box: around(x, y, r), inside(px, py) {
			const dx = px - x, dy = py - y;
			return dx * dx + dy * dy <= r * r;
		}};
	},
	ellipse(shape) {
		const [x, y, rx, ry] = shape.v, t = turnOf(shape);
		const slack = shape.rot % 360 === 0 ? 0 : SLACK;
		return {box: around(x, y, Math.max(rx, ry)), inside(px, py) {
			const dx = px - x, dy = py - y;
			const tx = dx * t.c + dy * t.s, ty = dy * t.c - dx * t.s;
			return tx * tx * ry * ry + ty * ty * rx * rx <=
				rx * rx * ry * ry * (1 + slack) &&
				Math.abs(tx) <= rx + slack && Math.abs(ty) <= ry + slack;
		}};
	},
	ring(shape) {
		const [x, y, r1, r2] = shape.v;
		return {box: around(x, y, r2), inside: (px, py) => inRing(px - x, py - y, r1, r2)};
	},
	wedge(shape) {
		const [x, y, r1, r2, a1, a2] = shape.v;
		const span = spanOf(a1, a2);
		return {box: around(x, y, r2), inside(px, py) {
			const dx = px - x, dy = py - y;
			if (!inRing(dx, dy, r1, r2))
				return false;
			if (span >= 360 || (dx === 0 && dy === 0))
				return true;
			let angle = (Math.atan2(dy, dx) / DEGREE - a1) % 360;
			angle += angle < 0 ? 360 : 0;
			return angle <= span + SLACK || angle >= 360 - SLACK;
		}};
	},
	line(shape) {
		const [x1, y1, x2, y2] = shape.v, half = shape.width / 2;
		const ex = x2 - x1, ey = y2 - y1, len = ex * ex + ey * ey;
		const reach = Math.hypot(ex, ey) + shape.width;
		return {box: around(x1, y1, reach), inside(px, py) {
			let dx = px - x1, dy = py - y1;
			let t = len > 0 ? (dx * ex + dy * ey) / len : 0;
			t = t < 0 ? 0 : t > 1 ? 1 : t;
			dx -= t * ex;
			dy -= t * ey;
			return dx * dx + dy * dy <= half * half + SLACK;
		}};
	},
};

function around(x, y, r) {
	return [x - r - 1, y - r - 1, x + r + 1, y + r + 1];
}

function turnOf(shape) {
	const turn = shape.rot % 360;
	return turn === 0 ? {c: 1, s: 0} : {c: Math.cos(turn * DEGREE), s: Math.sin(turn * DEGREE)};
}

function inRing(dx, dy, r1, r2) {
	const d = dx * dx + dy * dy;
	return d >= r1 * r1 && d <= r2 * r2;
}

function spanOf(a1, a2) {
	let span = a2 - a1;
	if (span < 360) {
		span %= 360;
		span += span < 0 ? 360 : 0;
	}
	return span;
}

function clip(lo, hi, n) {
	return [lo > 0 ? Math.min(Math.ceil(lo), n) : 0, Math.min(Math.floor(hi), n - 1) + 1];
}

function drawArea(marks, data, area, mark) {
	const [r0, r1] = clip(area.box[1], area.box[3], data.rows);
	const [c0, c1] = clip(area.box[0], area.box[2], data.cols);
	for (let r = r0; r < r1; r++)
		for (let c = c0; c < c1; c++)
			if (area.inside(c, r))
				marks[r * data.cols + c] |= mark;
}

function drawBlock(marks, data, r0, r1, c0, c1, mark) {
	drawArea(marks, data, {box: [c0, r0, c1, r1], inside: () => true}, mark);
}

// ---- polygons: an edge is crossed up to a column and no further ----

function crosses(e, x, y) {
	const fa = e.ay >= y, fb = e.by >= y;
	return fa !== fb && ((e.by - y) * (e.ax - e.bx) >= (e.bx - x) * (e.ay - e.by)) === fb;
}

function isOn(e, x, y) {
	return x >= Math.min(e.ax, e.bx) && x <= Math.max(e.ax, e.bx) &&
		y >= Math.min(e.ay, e.by) && y <= Math.max(e.ay, e.by) &&
		(x - e.ax) * (e.by - e.ay) === (y - e.ay) * (e.bx - e.ax);
}

function columnsCrossing(e, y, cols) {
	const at = e.bx - (e.by - y) * (e.ax - e.bx) / (e.ay - e.by);
	let k = !(at > 0) ? 0 : at >= cols ? cols : Math.floor(at);
	while (k < cols && crosses(e, k, y))
		k++;
	while (k > 0 && !crosses(e, k - 1, y))
		k--;
	return k;
}

function markOn(marks, data, e, y, mark) {
	const lo = Math.min(e.ax, e.bx), hi = Math.max(e.ax, e.bx);
	if (e.ay === e.by) {
		for (let x = Math.max(Math.ceil(lo), 0); x <= hi && x < data.cols; x++)
			marks[y * data.cols + x] |= mark;
		return;
	}
	const at = Math.round(e.ax + (y - e.ay) * (e.bx - e.ax) / (e.by - e.ay));
	for (const x of [at - 1, at, at + 1])
		if (x >= 0 && x < data.cols && isOn(e, x, y))
			marks[y * data.cols + x] |= mark;
}

function drawPolygon(marks, data, v, mark) {
	const n = v.length / 2, ys = [];
	for (let i = 0; i < n; i++)
		ys.push(v[2 * i + 1]);
	const lowest = ys.reduce((a, b) => Math.min(a, b)), highest = ys.reduce((a, b) => Math.max(a, b));
	const first = Math.max(Math.floor(lowest), 0), last = Math.min(Math.floor(highest), data.rows - 1);
	for (let y = first; y <= last; y++) {
		const turn = new Int32Array(data.cols + 1);
		for (let i = 0; i < n; i++) {
			const k = (i + 1) % n;
			const e = {ax: v[2 * i], ay: v[2 * i + 1], bx: v[2 * k], by: v[2 * k + 1]};
			if ((e.ay >= y) !== (e.by >= y)) {
				turn[0] ^= 1;
				turn[columnsCrossing(e, y, data.cols)] ^= 1;
			}
			if (y >= Math.min(e.ay, e.by) && y <= Math.max(e.ay, e.by))
				markOn(marks, data, e, y, mark);
		}
		for (let x = 0, inside = 0; x < data.cols; x++) {
			inside ^= turn[x];
			if (inside)
				marks[y * data.cols + x] |= mark;
		}
	}
}

function drawShape(marks, data, shape, mark) {
	const v = shape.v;
	switch (shape.kind) {
	case 'polygon': drawPolygon(marks, data, v, mark); return;
	case 'row': drawBlock(marks, data, v[0], v[1], 0, data.cols - 1, mark); return;
	case 'col': drawBlock(marks, data, 0, data.rows - 1, v[0], v[1], mark); return;
	case 'edge':
		drawBlock(marks, data, 0, v[0] - 1, 0, data.cols - 1, mark);
		drawBlock(marks, data, data.rows - v[0], data.rows - 1, 0, data.cols - 1, mark);
		drawBlock(marks, data, 0, data.rows - 1, 0, v[0] - 1, mark);
		drawBlock(marks, data, 0, data.rows - 1, data.cols - v[0], data.cols - 1, mark);
		return;
	case 'pixel':
		for (let i = 0; i < v.length; i += 2) {
			const c = Math.round(v[i]), r = Math.round(v[i + 1]);
			if (r >= 0 && c >= 0 && r < data.rows && c < data.cols)
				marks[r * data.cols + c] |= mark;
		}
		return;
	default: drawArea(marks, data, AREAS[shape.kind](shape), mark);
	}
}

// Mask of the image: 1 keep, 0 masked.
function maskOf(shapes, data) {
	const marks = new Uint8Array(data.rows * data.cols);
	const drawn = shapes.filter(shape => shape.other === undefined);
	for (const shape of drawn)
		drawShape(marks, data, shape, shape.role === 'keep' ? KEPT : MASKED);
	const keep = drawn.some(shape => shape.role === 'keep');
	for (let i = 0; i < marks.length; i++)
		marks[i] = (!keep || (marks[i] & KEPT) !== 0) && (marks[i] & MASKED) === 0 ? 1 : 0;
	return marks;
}
