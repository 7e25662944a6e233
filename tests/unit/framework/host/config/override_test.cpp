#include "config/override.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "config/yaml_document.hpp"

namespace haulier::host::override_test {

namespace data = boost::unit_test::data;

// A compact picture of a tree: {a:1,b:[x,y]}, quoted scalars in quotes, null as ~.
std::string picture(const ConfigNode& node) {
  std::string text;
  switch (node.kind) {
    case ConfigNode::Kind::null:
      return "~";
    case ConfigNode::Kind::scalar:
      return node.quoted ? "'" + node.text + "'" : node.text;
    case ConfigNode::Kind::list:
      for (const ConfigNode& item : node.items) text += (text.empty() ? "" : ",") + picture(item);
      return "[" + text + "]";
    case ConfigNode::Kind::map:
      for (const ConfigEntry& entry : node.entries) {
        text += (text.empty() ? "" : ",") + entry.key + ":" + picture(entry.value);
      }
      return "{" + text + "}";
  }
  return text;
}

struct Case {
  const char* assignment;
  const char* result;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.assignment; }

const Case kCases[] = {
    {"a=2", "{a:2,l:[{b:x},y]}"},
    {"l.0.b=z", "{a:1,l:[{b:z},y]}"},
    {"l.2=new", "{a:1,l:[{b:x},y,new]}"},
    {"new.deep.key=v", "{a:1,l:[{b:x},y],new:{deep:{key:v}}}"},
    {"a=[p, q]", "{a:[p,q],l:[{b:x},y]}"},
    {"a={p: q}", "{a:{p:q},l:[{b:x},y]}"},
    {"a=\"12\"", "{a:'12',l:[{b:x},y]}"},
    {"a=", "{a:'',l:[{b:x},y]}"},
    {"a=~", "{a:~,l:[{b:x},y]}"},
    {"a=x # y: z", "{a:x # y: z,l:[{b:x},y]}"},
    {"a=b=c", "{a:b=c,l:[{b:x},y]}"},
    {"x\\.y=1", "{a:1,l:[{b:x},y],x.y:1}"},
    {"a", "--set a: no \"=\"; write --set path=value"},
    {"l.7=x", "--set l.7: \"7\" is no item of a list with 2 items (the first one is 0)"},
    {"l.x=x", "--set l.x: \"x\" is no item of a list with 2 items (the first one is 0)"},
    {"a.b=x", "--set a.b: \"b\" cannot be set inside a plain value (t:1:4)"},
    {"a..b=x", "--set a..b: the path has an empty part"},
    {"=x", "--set : the path has an empty part"},
    {"a=[p", "--set a: not valid YAML: end of sequence flow not found"},
};

BOOST_AUTO_TEST_SUITE(framework_host_config_override)

BOOST_DATA_TEST_CASE(a_value_is_set_or_the_fault_names_the_option, data::make(kCases), one) {
  ConfigNode document = parse_yaml("a: 1\nl: [{b: x}, y]\n", "t");
  std::string result;
  try {
    apply_override(document, one.assignment);
    result = picture(document);
  } catch (const ConfigError& error) {
    result = error.what();
  }
  BOOST_TEST(result == one.result);
}

BOOST_AUTO_TEST_CASE(the_new_value_has_the_option_as_its_place) {
  ConfigNode document = parse_yaml("a: 1\n", "t");
  apply_overrides(document, {"b.c=[x]", "a=2"});
  BOOST_TEST(document.find("b")->find("c")->items.at(0).place.text() == "--set b.c");
  BOOST_TEST(document.find("a")->place.text() == "--set a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::override_test
