/* Names of brokers. The numbers are those of the calibration; the names are invented. */
#include "sim.h"

#include <string.h>

static const struct agent {
    int32_t id;
    const uint16_t *name, *short_name;
} AGENTS[] = {
    {3, UNITS(u"Ip\u00ea-Roxo Corretora de T\u00edtulos e Valores Mobili\u00e1rios S.A."), UNITS(u"IP\u00ca-ROXO")},
    {8, UNITS(u"Ara\u00e7\u00e1 C\u00e2mbio e T\u00edtulos Ltda."), UNITS(u"ARA\u00c7\u00c1")},
    {23, UNITS(u"Jatob\u00e1 Investimentos CCTVM S.A."), UNITS(u"JATOB\u00c1")},
    {27, UNITS(u"Sert\u00e3o Veredas Corretora S.A."), UNITS(u"VEREDAS")},
    {39, UNITS(u"Guar\u00e1 Corretora de Mercadorias S.A."), UNITS(u"GUAR\u00c1")},
    {40, UNITS(u"Pantanal DTVM Ltda."), UNITS(u"PANTANAL")},
    {85, UNITS(u"Mar\u00e9 Alta Distribuidora S.A."), UNITS(u"MAR\u00c9 ALTA")},
    {93, UNITS(u"Cora\u00e7\u00e3o de Minas CTVM S.A."), UNITS(u"C. DE MINAS")},
    {107, UNITS(u"Tucum\u00e3 Futuros Corretora Ltda."), UNITS(u"TUCUM\u00c3")},
    {114, UNITS(u"Uni\u00e3o dos Pampas CCVM S.A."), UNITS(u"PAMPAS")},
    {120, UNITS(u"Aroeira Global Markets Corretora S.A."), UNITS(u"AROEIRA")},
    {122, UNITS(u"S\u00e3o Telmo Valores Ltda."), UNITS(u"S\u00c3O TELMO")},
    {147, UNITS(u"Cup\u00edm & Ara\u00fajo Corretores Associados"), UNITS(u"CUP\u00cdM")},
    {746, UNITS(u"Bacupari DTVM S.A."), UNITS(u"BACUPARI")},
    {1618, UNITS(u"N\u00facleo \u00c1ureo Corretora S.A."), UNITS(u"\u00c1UREO")},
    {4090, UNITS(u"Igua\u00e7u Agentes de Execu\u00e7\u00e3o S.A."), UNITS(u"IGUA\u00c7U")},
    {SIM_BROKER_ID, SIM_BROKER_NAME, UNITS(u"SIMULADOR")},
};

static const uint16_t *name_of(int32_t id, uint32_t short_name)
{
    size_t i;
    for (i = 0; i < sizeof AGENTS / sizeof AGENTS[0]; i++)
        if (AGENTS[i].id == id)
            return short_name ? AGENTS[i].short_name : AGENTS[i].name;
    return NULL;
}

SIM_EXPORT int32_t QT_STDCALL GetAgentNameLength(int32_t agent, uint32_t short_name)
{
    const uint16_t *name = name_of(agent, short_name);
    int result = sim_request();
    return sim_end(result ? result : name ? sim_length(name) : NL_NOT_FOUND);
}

/* The buffer holds length units and a terminator. Since 4.0.0.36 the answer is the number of units copied. */
SIM_EXPORT int32_t QT_STDCALL GetAgentName(int32_t length, int32_t agent, uint16_t *buffer, uint32_t short_name)
{
    const uint16_t *name = name_of(agent, short_name);
    int result = sim_request();
    if (result == NL_OK && (length <= 0 || !buffer))
        result = NL_INVALID_ARGS;
    if (result || !name)
        return sim_end(result ? result : NL_NOT_FOUND);
    sim_copy(buffer, name, length + 1);
    return sim_end(sim_since(36) ? sim_length(buffer) : NL_OK);
}

static qt_text_t owned(int32_t agent, uint32_t short_name)
{
    const uint16_t *name = name_of(agent, short_name);
    return name ? name : UNITS(u"");
}

SIM_EXPORT qt_text_t QT_STDCALL GetAgentNameByID(int32_t agent) { return owned(agent, 0); }
SIM_EXPORT qt_text_t QT_STDCALL GetAgentShortNameByID(int32_t agent) { return owned(agent, 1); }
