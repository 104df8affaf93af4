// Package base keeps the base layers of Chinese map services: 天地图, AMap, Tencent
// and Baidu, each with the company's own key and licence.
//
// Their tiles go from the service to the browser; nothing of them is kept or passed
// on here, because the licences forbid it. 天地图 lies in CGCS2000, which is WGS-84
// within decimetres; AMap and Tencent lie in GCJ-02; Baidu in BD-09, on a projection
// and a grid of its own, which the browser redraws onto the Web Mercator grid. What
// the company keeps is WGS-84 and is shifted on the way out to such a map only.
//
// A map shown to the public in China needs an approval number (审图号, Regulation on
// Map Management, State Council decree 664, article 15): the services' own maps carry
// one, and the company's is shown beside theirs.
package base
